import { type CryptoKey, importJWK, type JWK } from 'jose'
import { type ClientAuth, modifyAssertion, PrivateKeyJwt } from 'openid-client'

/** How our registration proves itself at the token endpoint. There are no client secrets. */
export type ClientProof = ClientAuth

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * By a federated assertion of the managed identity.
 * @param assertion a token of the managed identity for `api://AzureADTokenExchange`
 */
export const byManagedIdentity =
  (assertion: () => Promise<string>): ClientProof =>
  async (_, client, body) => {
    body.set('client_id', client.client_id)
    body.set('client_assertion_type', ASSERTION_TYPE)
    body.set('client_assertion', await assertion())
  }

/** By a private key (RS256), on one machine. */
export function byKey(jwk: JWK): ClientProof {
  let imported: Promise<CryptoKey> | undefined
  return async (server, client, body, headers) => {
    imported ??= importJWK(jwk, 'RS256') as Promise<CryptoKey>
    const prove = PrivateKeyJwt(await imported, {
      [modifyAssertion]: (_, payload) => {
        // Entra wants the address that the assertion is sent to, the library's default is the issuer.
        payload.aud = server.token_endpoint
      },
    })
    await prove(server, client, body, headers)
  }
}
