import { createHash } from 'node:crypto'
import { apiHeaders } from '@securemailmerge/shared/http/security-headers'

// The components write their styles as rules of a style element that holds no text. That one may be, and only that one.
const emptyStyle = `'sha256-${createHash('sha256').update('').digest('base64')}'`

/**
 * What the page may do: nothing but what comes from our own address as a file. No script and no style stands in a text, so
 * nothing that somebody wrote can become one (F50).
 */
const policy = [
  "default-src 'none'",
  ...["script-src 'self'", `style-src 'self' ${emptyStyle}`, "font-src 'self'", "img-src 'self' data:"],
  "connect-src 'self'",
  ...["manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"],
  ...["require-trusted-types-for 'script'", 'report-uri /api/policy-reports', 'report-to policy'],
].join('; ')

const everywhere = {
  ...apiHeaders,
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Of the page itself. */
export const pageHeaders: Record<string, string> = {
  ...everywhere,
  'Content-Security-Policy': policy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Reporting-Endpoints': 'policy="/api/policy-reports"',
}

/** Of the files beside it. An image is opened by itself as well: nothing in it runs. */
export const fileHeaders: Record<string, string> = {
  ...everywhere,
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}

/** Of a path where nothing is. */
export const refusedHeaders: Record<string, string> = { ...apiHeaders, 'Content-Type': 'text/plain; charset=utf-8' }
