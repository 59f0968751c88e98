// Keys. Each secret is readable by one service (access.bicep). One that is not given is left as it is.
import { morning, told } from 'telling.bicep'

param name string
param location string
param tags { *: string }
param isPrivate bool
param operators string

@secure()
param proofKey string

@secure()
param stripeKey string

@secure()
param stripeWebhookSecret string

@secure()
param stripePreviousSecret string
param stripePreviousUntil string

@secure()
param grantKeys string

@description('When this is deployed; not to be given.')
param now string = utcNow()

// The end of a secret reminds people, in the portal. It stops nothing: the vault gives a secret out after its end too.
var inAYear = { enabled: true, exp: dateTimeToEpoch(dateTimeAdd(now, 'P1Y')) }
var inAMonth = { enabled: true, exp: dateTimeToEpoch(dateTimeAdd(now, 'P1M')) }
var page = 'docs/operations.md#'
// What lives a month at most is always about to end: its end is told, and nothing before.
var endings = [
  {
    name: 'secrets-ending'
    event: 'Microsoft.KeyVault.SecretNearExpiry'
    without: ['grant-keys', 'stripe-previous-secret']
    says: 'A secret should be rotated within 30 days.'
    noticed: 'Nothing: passing the date stops nothing.'
    look: 'Who changed what in Azure?'
  }
  {
    name: 'secrets-ended'
    event: 'Microsoft.KeyVault.SecretExpired'
    without: ['stripe-previous-secret']
    says: 'A secret should have been rotated by now.'
    noticed: 'Nothing: passing the date stops nothing.'
    look: 'Who changed what in Azure?'
  }
]

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

// The vault's own news of an end that comes. It tells of what is stored after these rules alone.
resource news 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${name}-secrets'
  location: location
  tags: tags
  properties: { source: vault.id, topicType: 'Microsoft.KeyVault.vaults' }
}

resource ending 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for one in endings: {
    parent: news
    name: one.name
    properties: {
      destination: {
        endpointType: 'MonitorAlert'
        properties: {
          severity: 'Sev${morning}'
          description: told(one.says, one.noticed, one.look, one.name)
          actionGroups: [operators]
        }
      }
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      filter: {
        includedEventTypes: [one.event]
        advancedFilters: [{ operatorType: 'StringNotIn', key: 'subject', values: one.without }]
      }
    }
  }
]

resource proof 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(proofKey)) {
  parent: vault
  dependsOn: [ending]
  name: 'proof-key'
  properties: { value: proofKey, contentType: 'application/jwk+json' }
}

resource stripe 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(stripeKey)) {
  parent: vault
  dependsOn: [ending]
  name: 'stripe-key'
  tags: { rotate: '${page}rotate-the-stripe-key' }
  properties: { value: stripeKey, attributes: inAYear }
}

resource webhook 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(stripeWebhookSecret)) {
  parent: vault
  dependsOn: [ending]
  name: 'stripe-webhook-secret'
  tags: { rotate: '${page}rotate-the-webhook-secret' }
  properties: { value: stripeWebhookSecret, attributes: inAYear }
}

resource previous 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(stripePreviousSecret)) {
  parent: vault
  dependsOn: [ending]
  name: 'stripe-previous-secret'
  tags: { rotate: '${page}rotate-the-webhook-secret' }
  properties: {
    value: string({ secret: stripePreviousSecret, until: stripePreviousUntil })
    contentType: 'application/json'
    attributes: { enabled: true, exp: dateTimeToEpoch(empty(stripePreviousUntil) ? now : stripePreviousUntil) }
  }
}

resource grants 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(grantKeys)) {
  parent: vault
  dependsOn: [ending]
  name: 'grant-keys'
  tags: { rotate: '${page}rotate-the-grant-keys' }
  properties: { value: grantKeys, contentType: 'application/json', attributes: inAMonth }
}

@description('What a setting says to get a secret, by name. Without a version: a new one is picked up within a day.')
output references { *: string } = toObject(
  ['proof-key', 'stripe-key', 'stripe-webhook-secret', 'stripe-previous-secret', 'grant-keys'],
  secret => secret,
  secret => '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/${secret})'
)
