// One service: a Function App on a plan of its own, that only our Front Door reaches.
import { storageAccountOf } from 'services.bicep'

param name string
param location string
param tags { *: string }
param service {
  name: string
  memoryMB: int
  maximumInstances: int
  alwaysReady: string[]
  messagesAtOnce: int?
  longestBodyMB: int?
}
param frontDoorId string
param isZoneRedundant bool
param subnetId string

@description('Required. What the service reads (shared/config.ts), by name. What the host needs is added here.')
param settings { *: string }

resource user 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: '${name}-${service.name}'
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageAccountOf(service.name, name)
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: name
}

var messagesAtOnce = service.?messagesAtOnce ?? 0
var concurrency = messagesAtOnce > 0
  ? { AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls: string(messagesAtOnce) }
  : {}

var longestBodyMB = service.?longestBodyMB ?? 0
var bodies = longestBodyMB > 0 ? { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(longestBodyMB * 1024 * 1024) } : {}

// What the host needs to watch the queues of those that handle some.
var names = loadJsonContent('../../shared/names.json')
var triggers = empty(names.services[service.name].handles)
  ? {}
  : { SERVICE_BUS__credential: 'managedidentity', SERVICE_BUS__clientId: user.properties.clientId }

var identitySettings = {
  AZURE_CLIENT_ID: user.properties.clientId
  AzureWebJobsStorage__accountName: storage.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: user.properties.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${user.properties.clientId};Authorization=AAD'
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: '${name}-${service.name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: isZoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: '${name}-${service.name}'
  location: location
  tags: union(tags, { 'azd-service-name': service.name })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${user.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    keyVaultReferenceIdentity: user.id
    functionAppConfig: {
      runtime: { name: 'node', version: '24' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}packages'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: user.id }
        }
      }
      // Ready in each of two data centres, where one may be lost.
      scaleAndConcurrency: {
        instanceMemoryMB: service.memoryMB
        maximumInstanceCount: service.maximumInstances
        alwaysReady: map(service.alwaysReady, one => { name: one, instanceCount: isZoneRedundant ? 2 : 1 })
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // The tag alone admits anybody's Front Door, the id alone can be typed: both, and nothing else.
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: [
        {
          name: 'our-front-door'
          priority: 100
          action: 'Allow'
          tag: 'ServiceTag'
          ipAddress: 'AzureFrontDoor.Backend'
          headers: { 'x-azure-fdid': [frontDoorId] }
        }
      ]
      // Deployment comes from outside, signed in with Entra.
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
      appSettings: map(
        items(union(settings, identitySettings, triggers, concurrency, bodies)),
        one => { name: one.key, value: one.value }
      )
    }
  }
}

// No passwords for publishing.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

output host string = app.properties.defaultHostName
