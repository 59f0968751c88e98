import { managedIdentity } from './clients.ts'

const SCOPE = 'api://AzureADTokenExchange/.default'

/**
 * Asks the managed identity for what our registration trusts instead of a secret.
 * @returns a function that gives a token; the library keeps it until shortly before its end
 */
export function federatedAssertion(clientId: string | null): () => Promise<string> {
  const credential = managedIdentity(clientId)
  return async () => (await credential.getToken(SCOPE)).token
}
