// The truth. One write region at strong consistency: "at the next look-up" may be taken literally.
param name string
param location string
param tags { *: string }
param isPrivate bool
param isZoneRedundant bool

var names = loadJsonContent('../../shared/names.json')

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: [{ name: 'EnableServerless' }]
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: isZoneRedundant }]
    enableMultipleWriteLocations: false
    consistencyPolicy: { defaultConsistencyLevel: 'Strong' }
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous30Days' } }
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: cosmos
  name: names.database
  properties: { resource: { id: names.database } }
}

resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [
  for container in items(names.containers): {
    parent: database
    name: container.key
    properties: {
      resource: {
        id: container.key
        partitionKey: { paths: [container.value.partitionKey], kind: 'Hash', version: 2 }
        defaultTtl: container.value.defaultTtl
        indexingPolicy: {
          indexingMode: 'consistent'
          includedPaths: map(container.value.indexed, path => { path: path })
          excludedPaths: [{ path: '/*' }]
        }
      }
    }
  }
]

output endpoint string = cosmos.properties.documentEndpoint
