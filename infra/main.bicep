// What runs in Azure, in the order in which one would explain it. Rights: modules/access.bicep.
import { sender, services, storageAccountOf } from 'modules/services.bicep'

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

@description('Required. Mail address that alerts go to.')
param alertsAddress string

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

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = { name: name, location: location, tags: tags }

// Where everything can be seen.
module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { name: name, location: location, tags: tags }
}

// What is kept, and what wakes.
module cosmos 'modules/cosmos.bicep' = {
  scope: group
  params: { name: name, location: location, tags: tags }
}

module serviceBus 'modules/service-bus.bicep' = {
  scope: group
  params: { name: name, location: location, tags: tags }
}

module keyVault 'modules/key-vault.bicep' = {
  scope: group
  params: {
    name: name
    location: location
    tags: tags
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
    params: { name: name, location: location, tags: tags, service: service.name }
  }
]

module access 'modules/access.bicep' = {
  scope: group
  dependsOn: [monitoring, cosmos, serviceBus, keyVault]
  params: {
    name: name
    operatorsGroupId: operatorsGroupId
    hasPreviousSecret: !empty(stripePreviousUntil)
    identities: [for (service, i) in services: { service: service.name, who: identities[i].outputs.principalId }]
  }
}

// The one public address, and the services that answer behind it and nowhere else.
module frontDoor 'modules/front-door.bicep' = {
  scope: group
  dependsOn: [monitoring]
  params: { name: name, tags: tags, publicHost: publicHost }
}

var settings = {
  COSMOS_ENDPOINT: cosmos.outputs.endpoint
  SERVICE_BUS__fullyQualifiedNamespace: serviceBus.outputs.host
  PUBLIC_ORIGIN: 'https://${publicHost}'
  FRONT_DOOR_ID: frontDoor.outputs.frontDoorId
  ADD_IN_CLIENT_ID: addInClientId
  PORTAL_CLIENT_ID: portalClientId
}
var licensing = { LICENSING_API_CLIENT_ID: licensingApiClientId }
// A reference to a secret that is not there would stop the service at its start: the previous one is often not there.
var previousSecret = empty(stripePreviousUntil)
  ? {}
  : { STRIPE_PREVIOUS_SECRET: keyVault.outputs.references['stripe-previous-secret'] }
var ownSettings = {
  'licence-lookup': union(licensing, {
    PROOF_KEY: keyVault.outputs.references['proof-key']
    PROOF_OTHER_KEYS: proofOtherKeys
  })
  'seat-assignment': licensing
  'purchase-webhooks': union(licensing, previousSecret, {
    STRIPE_KEY: keyVault.outputs.references['stripe-key']
    STRIPE_WEBHOOK_SECRET: keyVault.outputs.references['stripe-webhook-secret']
  })
  'merge-send-queue': {
    SENDING_API_CLIENT_ID: sendingApiClientId
    CONTENT__blobServiceUri: 'https://${storageAccountOf(sender, name)}.blob.${environment().suffixes.storage}'
    GRANT_KEYS: keyVault.outputs.references['grant-keys']
  }
}

module apps 'modules/function-app.bicep' = [
  for service in services: {
    scope: group
    // A secret is read when the app starts: the right to read it comes first.
    dependsOn: [access]
    params: {
      name: name
      location: location
      tags: tags
      service: service
      frontDoorId: frontDoor.outputs.frontDoorId
      settings: union(settings, ownSettings[service.name])
    }
  }
]

module routes 'modules/front-door-routes.bicep' = {
  scope: group
  params: {
    name: name
    publicHost: publicHost
    hosts: [for (service, i) in services: { service: service.name, host: apps[i].outputs.host }]
  }
}

// What tells somebody: docs/operations.md has a paragraph for each.
module alerts 'modules/alerts.bicep' = {
  scope: group
  dependsOn: [monitoring, cosmos, serviceBus, frontDoor]
  params: { name: name, location: location, tags: tags, address: alertsAddress }
}

@description('Whom the registration "Sending API" has to trust (docs/operations.md#what-entra-has-to-be-told).')
output SENDING_PRINCIPAL_ID string = identities[indexOf(map(services, one => one.name), sender)].outputs.principalId

@description('What the DNS zone needs before the address works: a CNAME from the public host to this name …')
output DNS_CNAME string = frontDoor.outputs.endpointHost

@description('… and a TXT record _dnsauth.<public host> with this text.')
output DNS_TXT string = frontDoor.outputs.domainValidation
