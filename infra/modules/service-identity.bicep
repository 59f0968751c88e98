// Who a service is, and the storage account for its host, its package and what it keeps in blobs. One each: who can
// write a package can be the service.
import { sender, storageAccountOf } from 'services.bicep'

param name string
param location string
param tags { *: string }
param service string
param isPrivate bool
param isZoneRedundant bool

var keepsContent = service == sender

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-${service}'
  location: location
  tags: tags
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: storageAccountOf(service, name)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: isZoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // What is deleted is gone.
      deleteRetentionPolicy: { enabled: false }
      isVersioningEnabled: false
      lastAccessTimeTrackingPolicy: { enable: keepsContent }
    }

    resource packages 'containers' = {
      name: 'packages'
    }

    resource content 'containers' = if (keepsContent) {
      name: 'content'
    }
  }

  // The service deletes content itself, some days after a campaign. This is for what it has lost sight of: counted from
  // the last reading, for a long campaign may send for months.
  resource forgotten 'managementPolicies' = if (keepsContent) {
    name: 'default'
    // A rule about reading is refused where reading is not watched.
    dependsOn: [blobs]
    properties: {
      policy: {
        rules: [
          {
            name: 'content-that-nobody-reads'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['content/'] }
              actions: { baseBlob: { delete: { daysAfterLastAccessTimeGreaterThan: 60 } } }
            }
          }
        ]
      }
    }
  }
}

output principalId string = identity.properties.principalId
