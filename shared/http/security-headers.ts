/** Headers of every answer of an API: not cached, not framed, not sniffed (F19, F20). */
export const apiHeaders: Record<string, string> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  // It is kept nowhere; whoever keeps it all the same must not show it to somebody else.
  Vary: 'Authorization, Cookie, Accept-Language',
  'X-Content-Type-Options': 'nosniff',
}

/**
 * A bearer token is not sent by a browser on its own, so any origin may ask, and classic Outlook's odd origins need no
 * list. Credentials are never allowed (F19).
 */
export const corsHeaders: Record<string, string> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Retry-After, Location, X-Request-Id, Next-After, Mail-Subject',
}

/** Answer to a preflight. */
export const preflightHeaders: Record<string, string> = {
  ...corsHeaders,
  'Access-Control-Allow-Methods': 'GET, POST, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Content-Encoding, Idempotency-Key, Accept-Language, Licence-Proof',
  'Access-Control-Max-Age': '86400',
  'Cache-Control': 'max-age=86400',
}
