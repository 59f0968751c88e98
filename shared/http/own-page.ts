import type { HttpRequest } from '@azure/functions'
import { Refusal } from '../refusal.ts'

/**
 * Refuses what another page has a browser ask: a cookie goes along by itself (F19). What changes something says where it
 * comes from, and that has to be our own address, as it is configured, never as the request names it (G2); what reads may
 * only come from ourselves or from nowhere.
 * @throws Refusal `client_not_allowed`
 */
export function onlyOwnPage(request: HttpRequest, origin: string): void {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  const isOurs = reads ? fromOurselves(request) : originOf(request) === origin
  if (!isOurs) throw new Refusal('client_not_allowed', 'Only our own page may ask this of a session.')
}

const fromOurselves = (request: HttpRequest): boolean =>
  ['same-origin', 'none'].includes(request.headers.get('sec-fetch-site') ?? 'none')

// `null` is no address, nor is what a browser joins of several.
const originOf = (request: HttpRequest): string | undefined => URL.parse(request.headers.get('origin') ?? '')?.origin
