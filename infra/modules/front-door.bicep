// The one public address, and its guard.
param name string
param tags { *: string }
param publicHost string

var stripe = loadJsonContent('../stripe-addresses.json')

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: name
  location: 'global'
  tags: tags
  sku: { name: 'Premium_AzureFrontDoor' }
  properties: { originResponseTimeoutSeconds: 30 }
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' = {
  parent: profile
  name: name
  location: 'global'
  tags: tags
  properties: { enabledState: 'Enabled' }
}

resource customDomain 'Microsoft.Cdn/profiles/customDomains@2025-04-15' = {
  parent: profile
  name: replace(publicHost, '.', '-')
  properties: {
    hostName: publicHost
    tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' }
  }
}

// Our own rules refuse. The managed ones only tell, until it is known what they take for an attack.
resource firewall 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies@2025-03-01' = {
  name: replace(name, '-', '')
  location: 'global'
  tags: tags
  sku: { name: 'Premium_AzureFrontDoor' }
  properties: {
    policySettings: { enabledState: 'Enabled', mode: 'Prevention' }
    managedRules: {
      managedRuleSets: [{ ruleSetType: 'Microsoft_DefaultRuleSet', ruleSetVersion: '2.1', ruleSetAction: 'Log' }]
    }
    customRules: {
      rules: [
        {
          name: 'NoHostPaths'
          priority: 10
          ruleType: 'MatchRule'
          action: 'Block'
          matchConditions: [
            {
              matchVariable: 'RequestUri'
              operator: 'RegEx'
              transforms: ['UrlDecode', 'Lowercase']
              // Nor does a path climb to them.
              matchValue: ['^(https?://[^/]*)?/+(admin|runtime|\\.auth)([/?]|$)', '^[^?]*/\\.{1,2}([/?]|$)']
            }
          ]
        }
        {
          // A renewal night comes from a dozen addresses, and what it says may look like an attack: its signature decides.
          name: 'StripeEvents'
          priority: 20
          ruleType: 'MatchRule'
          action: 'Allow'
          matchConditions: [
            { matchVariable: 'SocketAddr', operator: 'IPMatch', matchValue: stripe.addresses }
            {
              matchVariable: 'RequestUri'
              operator: 'RegEx'
              transforms: ['UrlDecode', 'Lowercase']
              matchValue: ['^(https?://[^/]*)?/api/purchases/stripe([?]|$)']
            }
          ]
        }
        {
          // A whole company stands behind one address: this is against floods only.
          name: 'NoFlood'
          priority: 30
          ruleType: 'RateLimitRule'
          action: 'Block'
          rateLimitThreshold: 20000
          rateLimitDurationInMinutes: 5
          groupBy: [{ variableName: 'SocketAddr' }]
          matchConditions: [{ matchVariable: 'SocketAddr', operator: 'IPMatch', matchValue: ['0.0.0.0/0', '::/0'] }]
        }
      ]
    }
  }
}

resource guard 'Microsoft.Cdn/profiles/securityPolicies@2025-04-15' = {
  parent: profile
  name: 'firewall'
  properties: {
    parameters: {
      type: 'WebApplicationFirewall'
      wafPolicy: { id: firewall.id }
      associations: [{ domains: [{ id: customDomain.id }, { id: endpoint.id }], patternsToMatch: ['/*'] }]
    }
  }
}

output frontDoorId string = profile.properties.frontDoorId
output endpointHost string = endpoint.properties.hostName
output domainValidation string = customDomain.properties.validationProperties.validationToken
