// Keys. Each secret is readable by one service (access.bicep).
param name string
param location string
param tags { *: string }

@secure()
param proofKey string

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

resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(proofKey)) {
  parent: vault
  name: 'proof-key'
  properties: { value: proofKey, contentType: 'application/jwk+json' }
}

// Without a version: a new one is picked up within a day.
output proofKeyReference string = '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/proof-key)'
