// What Azure itself tells of the stores and of the address: who opened a secret, what was changed, what was refused.
// Each single reading of an item or a blob is not told: it would cost more than the store.
param name string
@description('Required. Name of the Cosmos account.')
param account string

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = { name: name }

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = { name: account }

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = { name: name }

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = { name: name }

resource frontDoor 'Microsoft.Cdn/profiles@2025-04-15' existing = { name: name }

resource ofCosmos 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: cosmos
  name: 'changes'
  properties: {
    workspaceId: logs.id
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ category: 'ControlPlaneRequests', enabled: true }]
  }
}

resource ofBus 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: bus
  name: 'changes'
  properties: {
    workspaceId: logs.id
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ category: 'OperationalLogs', enabled: true }]
  }
}

resource ofVault 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'openings'
  properties: {
    workspaceId: logs.id
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ category: 'AuditEvent', enabled: true }]
  }
}

resource ofFrontDoor 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: frontDoor
  name: 'firewall'
  properties: {
    workspaceId: logs.id
    logs: [{ category: 'FrontDoorWebApplicationFirewallLog', enabled: true }]
  }
}
