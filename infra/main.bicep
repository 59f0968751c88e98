// What runs in Azure, in the order in which one would explain it. Rights: modules/access.bicep.
import { sender, services } from 'modules/services.bicep'

targetScope = 'subscription'

@description('Required. Name of this environment, for example dev or prod. It is part of every name.')
@minLength(2)
@maxLength(12)
param environmentName string

@description('Required. Region of everything that has one.')
param location string

@description('Required. Host name of the one public address, for example api.example.com.')
param publicHost string

@description('Required. Client id of the registration "Licensing API".')
param licensingApiClientId string

@description('Required. Client id of the registration "Sending API".')
param sendingApiClientId string

@description('Required. Client id of the registration "Add-in".')
param addInClientId string

@description('Required. Client id of the registration "Portal".')
param portalClientId string

@description('Required. Object id of the Entra group of those who run the system.')
param operatorsGroupId string

@description('Required. Object id of the Entra group that may give itself more in an emergency, which rings.')
param breakGlassGroupId string

@description('Required. Mail address that alerts go to.')
param alertsAddress string

@description('Optional. What a month may cost, in the currency of the bill; 0: what docs/cost.md foresees, and a quarter more.')
param monthlyBudget int = 0

@description('Optional. Whether stores are reached within a network of our own alone. A queue namespace has to be made so.')
param privateNetworking bool = false

@description('Optional. Whether everything is to survive the loss of one data centre of the region.')
param zoneRedundant bool = false

@description('Optional. Cosmos account that holds the truth, where a restore made another one; from then on always given.')
param cosmosAccountName string = ''

@description('Optional. Private key that signs proofs (a JWK as JSON): needed once, left as it is when empty.')
@secure()
param proofKey string = ''

@description('Optional. Public keys of proofs beside the signing one: the previous and the next (JWKs, a JSON array).')
param proofOtherKeys string = '[]'

@description('Optional. Restricted key of the account at Stripe: needed once, left as it is when empty.')
@secure()
param stripeKey string = ''

@description('Optional. Secret that Stripe signs events with: needed once, left as it is when empty.')
@secure()
param stripeWebhookSecret string = ''

@description('Optional. The secret before that one, while it is being rotated: left as it is when empty.')
@secure()
param stripePreviousSecret string = ''

@description('Optional. Instant until which the previous secret is taken, like 2027-03-01T12:00:00Z; empty: none is.')
param stripePreviousUntil string = ''

@description('Optional. Keys that seal mailbox grants (a key ring, JSON): needed once, left as it is when empty.')
@secure()
param grantKeys string = ''

var tags = { 'azd-env-name': environmentName }
// One name for all that belongs to this environment; what a service owns has the service's name behind it.
var name = 'smm-${environmentName}-${take(uniqueString(subscription().id, environmentName, location), 6)}'
var account = empty(cosmosAccountName) ? name : cosmosAccountName

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = { name: name, location: location, tags: tags }

// Where everything can be seen, whom it rings, and who changed what.
module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { name: name, location: location, tags: tags, address: alertsAddress }
}

resource activity 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: name
  properties: { workspaceId: monitoring.outputs.workspaceId, logs: [{ category: 'Administrative', enabled: true }] }
}

// What is kept, and what wakes.
module cosmos 'modules/cosmos.bicep' = {
  scope: group
  params: { name: account, location: location, tags: tags, isPrivate: privateNetworking, isZoneRedundant: zoneRedundant }
}

module serviceBus 'modules/service-bus.bicep' = {
  scope: group
  params: { name: name, location: location, tags: tags, isPrivate: privateNetworking }
}

module keyVault 'modules/key-vault.bicep' = {
  scope: group
  params: {
    name: name, location: location, tags: tags
    isPrivate: privateNetworking
    operators: monitoring.outputs.operatorsId
    proofKey: proofKey
    stripeKey: stripeKey
    stripeWebhookSecret: stripeWebhookSecret
    stripePreviousSecret: stripePreviousSecret
    stripePreviousUntil: stripePreviousUntil
    grantKeys: grantKeys
  }
}

// Who the services are, and what each of them may do.
module identities 'modules/service-identity.bicep' = [
  for service in services: {
    scope: group
    params: {
      name: name, location: location, tags: tags, service: service.name
      isPrivate: privateNetworking, isZoneRedundant: zoneRedundant
    }
  }
]

module access 'modules/access.bicep' = {
  scope: group
  dependsOn: [monitoring, cosmos, serviceBus, keyVault]
  params: {
    name: name
    account: account
    operatorsGroupId: operatorsGroupId
    breakGlassGroupId: breakGlassGroupId
    hasPreviousSecret: !empty(stripePreviousUntil)
    identities: [for (service, i) in services: { service: service.name, who: identities[i].outputs.principalId }]
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  scope: group
  dependsOn: [cosmos, serviceBus, keyVault, identities]
  params: { name: name, account: account, location: location, tags: tags }
}

// The one public address, and the services that answer behind it and nowhere else.
module frontDoor 'modules/front-door.bicep' = {
  scope: group
  params: { name: name, tags: tags, publicHost: publicHost }
}

module apps 'modules/apps.bicep' = {
  scope: group
  // A secret is read when an app starts: the right to read it comes first.
  dependsOn: [access]
  params: {
    name: name, location: location, tags: tags
    publicHost: publicHost
    frontDoorId: frontDoor.outputs.frontDoorId
    cosmosEndpoint: cosmos.outputs.endpoint
    serviceBusHost: serviceBus.outputs.host
    licensingApiClientId: licensingApiClientId
    sendingApiClientId: sendingApiClientId
    addInClientId: addInClientId
    portalClientId: portalClientId
    proofOtherKeys: proofOtherKeys
    references: keyVault.outputs.references
    hasPreviousSecret: !empty(stripePreviousUntil)
    isZoneRedundant: zoneRedundant
    subnetId: privateNetworking ? network!.outputs.servicesSubnetId : ''
    operatorsGroupId: operatorsGroupId
  }
}

// What tells somebody (docs/operations.md has a paragraph for each), and what is looked at then.
module alerts 'modules/alerts.bicep' = {
  scope: group
  dependsOn: [monitoring, cosmos, serviceBus, keyVault, frontDoor]
  params: {
    name: name, account: account, location: location, tags: tags
    monthlyBudget: monthlyBudget, isPrivate: privateNetworking, isZoneRedundant: zoneRedundant
  }
}

@description('Whom the registration "Sending API" has to trust (docs/operations.md#what-entra-has-to-be-told).')
output SENDING_PRINCIPAL_ID string = identities[indexOf(map(services, one => one.name), sender)].outputs.principalId

@description('Whom the registration "Portal" has to trust in the same way.')
output PORTAL_PRINCIPAL_ID string = identities[indexOf(map(services, one => one.name), 'licence-portal')].outputs.principalId

@description('What the DNS zone needs before the address works: a CNAME from the public host to this name …')
output DNS_CNAME string = frontDoor.outputs.endpointHost

@description('… and a TXT record _dnsauth.<public host> with this text.')
output DNS_TXT string = frontDoor.outputs.domainValidation
