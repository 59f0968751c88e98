// Which path goes to which service. What is not listed in shared/names.json is answered by Front Door itself: no.
param name string
param publicHost string
param hosts { service: string, host: string }[]

var names = loadJsonContent('../../shared/names.json')

resource frontDoor 'Microsoft.Cdn/profiles@2025-04-15' existing = {
  name: name

  resource address 'afdEndpoints' existing = {
    name: name
  }

  resource domain 'customDomains' existing = {
    name: replace(publicHost, '.', '-')
  }
}

resource rewrites 'Microsoft.Cdn/profiles/ruleSets@2025-04-15' = {
  parent: frontDoor
  name: 'rewrites'
}

resource rewrite 'Microsoft.Cdn/profiles/ruleSets/rules@2025-04-15' = [
  for (one, i) in items(names.rewrites): {
    parent: rewrites
    name: 'rewrite${i}'
    properties: {
      order: i
      matchProcessingBehavior: 'Stop'
      actions: [
        {
          name: 'UrlRewrite'
          parameters: {
            typeName: 'DeliveryRuleUrlRewriteActionParameters'
            sourcePattern: one.key
            destination: one.value
            preserveUnmatchedPath: true
          }
        }
      ]
    }
  }
]

resource groups 'Microsoft.Cdn/profiles/originGroups@2025-04-15' = [
  for one in hosts: {
    parent: frontDoor
    name: one.service
    // One origin each: probes would only keep it awake.
    properties: { loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3 } }
  }
]

resource origins 'Microsoft.Cdn/profiles/originGroups/origins@2025-04-15' = [
  for (one, i) in hosts: {
    parent: groups[i]
    name: one.service
    properties: {
      hostName: one.host
      originHostHeader: one.host
      httpsPort: 443
      enforceCertificateNameCheck: true
    }
  }
]

// No caching: an answer is one person's.
resource routes 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = [
  for (one, i) in hosts: {
    parent: frontDoor::address
    name: one.service
    dependsOn: [origins[i], rewrite]
    properties: {
      originGroup: { id: groups[i].id }
      customDomains: [{ id: frontDoor::domain.id }]
      linkToDefaultDomain: 'Disabled'
      patternsToMatch: flatten(map(names.services[one.service].routes, path => [path, '${path}/*']))
      ruleSets: [{ id: rewrites.id }]
      supportedProtocols: ['Https']
      httpsRedirect: 'Disabled'
      forwardingProtocol: 'HttpsOnly'
    }
  }
]
