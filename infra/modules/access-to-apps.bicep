// Who may what on an app. The one right that cannot stand in access.bicep: an app comes after the rights that it needs.
import { services } from 'services.bicep'

param name string
param operatorsGroupId string

var websiteContributor = roleDefinitions('Website Contributor').id

// To stop, start and restart an app, and to disable a function of it. It is enough to change a setting or the package
// as well: the alert `app-changed` tells of each that goes through Azure's log (alerts.md).
resource runApps 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (service, i) in services: {
    scope: apps[i]
    name: guid(apps[i].id, operatorsGroupId, websiteContributor)
    properties: { principalId: operatorsGroupId, principalType: 'Group', roleDefinitionId: websiteContributor }
  }
]

resource apps 'Microsoft.Web/sites@2024-11-01' existing = [
  for service in services: {
    name: '${name}-${service.name}'
  }
]
