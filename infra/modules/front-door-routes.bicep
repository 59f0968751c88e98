// Which path goes to which service. What is not listed in shared/names.json is the page's, which says what there is not.
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

// All paths of the page come below one of its service, so that none of them is the host's own (G4).
resource pages 'Microsoft.Cdn/profiles/ruleSets@2025-04-15' = {
  parent: frontDoor
  name: 'page'

  resource below 'rules' = {
    name: 'below'
    properties: {
      order: 0
      matchProcessingBehavior: 'Stop'
      actions: [
        {
          name: 'UrlRewrite'
          parameters: {
            typeName: 'DeliveryRuleUrlRewriteActionParameters'
            sourcePattern: '/'
            destination: names.page.below
            preserveUnmatchedPath: true
          }
        }
      ]
    }
  }
}

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

// The page has what nobody else has. Its assets are the only thing that is kept: their names change with their contents.
resource pageRoutes 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = [
  for one in [{ name: 'page', pattern: '/*', isKept: false }, { name: 'assets', pattern: '${names.page.kept}/*', isKept: true }]: {
    parent: frontDoor::address
    name: one.name
    dependsOn: [origins, pages::below]
    properties: {
      originGroup: { id: groups[indexOf(map(hosts, host => host.service), names.page.service)].id }
      customDomains: [{ id: frontDoor::domain.id }]
      linkToDefaultDomain: 'Disabled'
      patternsToMatch: [one.pattern]
      ruleSets: [{ id: pages.id }]
      supportedProtocols: ['Https']
      httpsRedirect: 'Disabled'
      forwardingProtocol: 'HttpsOnly'
      cacheConfiguration: one.isKept ? { queryStringCachingBehavior: 'IgnoreQueryString' } : null
    }
  }
]
