import type { Parameters } from '../bicep-compiler.ts'

/** Object ids of groups that exist nowhere. */
export const groups = {
  operators: '00000000-0000-4000-8000-000000000004',
  breakGlass: '00000000-0000-4000-8000-000000000006',
}

/** Parameters with which a deployment is looked at. */
export interface Given {
  /** In words, for findings. */
  as: string
  /** Whether the secret before the last one is believed still. */
  isRotating: boolean
  /** Whether stores are off the internet, and all stands in several data centres. */
  isPrivate: boolean
  parameters: Parameters
}

const publicKey = '[{"kty":"EC","crv":"P-256","x":"example","y":"example"}]'
const parameters = {
  ...{ environmentName: 'test', location: 'westeurope', publicHost: 'api.example.com' },
  licensingApiClientId: '00000000-0000-4000-8000-0000000000a1',
  sendingApiClientId: '00000000-0000-4000-8000-0000000000a5',
  addInClientId: '00000000-0000-4000-8000-0000000000a2',
  portalClientId: '00000000-0000-4000-8000-0000000000a3',
  ...{ operatorsGroupId: groups.operators, breakGlassGroupId: groups.breakGlass },
  ...{ alertsAddress: 'operators@example.com', proofOtherKeys: publicKey },
}

/**
 * A deployment as a rule, while a secret is rotated, where stores are private and data centres several, and where the truth
 * was restored into another account.
 */
export const given: Given[] = [
  { as: 'as a rule', isRotating: false, isPrivate: false, parameters },
  {
    as: 'while a secret is rotated',
    isRotating: true,
    isPrivate: false,
    parameters: { ...parameters, monthlyBudget: 900, stripePreviousUntil: '2027-03-01T12:00:00Z' },
  },
  {
    as: 'with private stores',
    isRotating: false,
    isPrivate: true,
    parameters: { ...parameters, privateNetworking: true, zoneRedundant: true },
  },
  {
    as: 'on a restored account',
    isRotating: false,
    isPrivate: true,
    parameters: {
      ...parameters,
      ...{ privateNetworking: true, zoneRedundant: true, cosmosAccountName: 'smm-test-restored' },
    },
  },
]
