// Keys. Each secret is readable by one service (access.bicep). One that is not given is left as it is.
param name string
param location string
param tags { *: string }

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
  }
}

resource proof 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(proofKey)) {
  parent: vault
  name: 'proof-key'
  properties: { value: proofKey, contentType: 'application/jwk+json' }
}

resource stripe 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(stripeKey)) {
  parent: vault
  name: 'stripe-key'
  tags: { rotate: '${page}rotate-the-stripe-key' }
  properties: { value: stripeKey, attributes: inAYear }
}

resource webhook 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(stripeWebhookSecret)) {
  parent: vault
  name: 'stripe-webhook-secret'
  tags: { rotate: '${page}rotate-the-webhook-secret' }
  properties: { value: stripeWebhookSecret, attributes: inAYear }
}

resource previous 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(stripePreviousSecret)) {
  parent: vault
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
