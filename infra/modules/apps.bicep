// The services: what each of them reads at its start, its app, and its place behind the one address.
import { sender, services, storageAccountOf } from 'services.bicep'

param name string
param location string
param tags { *: string }
param publicHost string
param frontDoorId string
param cosmosEndpoint string
param serviceBusHost string
param licensingApiClientId string
param sendingApiClientId string
param addInClientId string
param portalClientId string
param proofOtherKeys string
@description('Required. What a setting says to get a secret, by the name of the secret.')
param references { *: string }
param hasPreviousSecret bool
param isZoneRedundant bool
@description('Required. Where the services stand in a network of our own; empty: nowhere.')
param subnetId string
param operatorsGroupId string

var settings = {
  COSMOS_ENDPOINT: cosmosEndpoint
  PUBLIC_ORIGIN: 'https://${publicHost}'
  FRONT_DOOR_ID: frontDoorId
  ADD_IN_CLIENT_ID: addInClientId
  PORTAL_CLIENT_ID: portalClientId
}
var bus = { SERVICE_BUS__fullyQualifiedNamespace: serviceBusHost }
var licensing = union(bus, { LICENSING_API_CLIENT_ID: licensingApiClientId })
// A reference to a secret that is not there would stop the service at its start: the previous one is often not there.
var previousSecret = hasPreviousSecret ? { STRIPE_PREVIOUS_SECRET: references['stripe-previous-secret'] } : {}
var ownSettings = {
  'licence-lookup': union(licensing, {
    PROOF_KEY: references['proof-key']
    PROOF_OTHER_KEYS: proofOtherKeys
  })
  'seat-assignment': licensing
  'purchase-webhooks': union(licensing, previousSecret, {
    STRIPE_KEY: references['stripe-key']
    STRIPE_WEBHOOK_SECRET: references['stripe-webhook-secret']
  })
  'merge-send-queue': union(bus, {
    SENDING_API_CLIENT_ID: sendingApiClientId
    CONTENT__blobServiceUri: 'https://${storageAccountOf(sender, name)}.blob.${environment().suffixes.storage}'
    GRANT_KEYS: references['grant-keys']
  })
  'licence-portal': {}
}

module apps 'function-app.bicep' = [
  for service in services: {
    params: {
      name: name
      location: location
      tags: tags
      service: service
      frontDoorId: frontDoorId
      isZoneRedundant: isZoneRedundant
      subnetId: subnetId
      settings: union(settings, ownSettings[service.name])
    }
  }
]

module routes 'front-door-routes.bicep' = {
  params: {
    name: name
    publicHost: publicHost
    hosts: [for (service, i) in services: { service: service.name, host: apps[i].outputs.host }]
  }
}

module access 'access-to-apps.bicep' = {
  dependsOn: [apps]
  params: { name: name, operatorsGroupId: operatorsGroupId }
}
