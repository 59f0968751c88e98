/** Text that is HTML already; everything else is escaped when it is put into `html`. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A template of HTML: values are escaped, lists joined, `false`, `null` and `undefined` left out. */
export const html = (parts: TemplateStringsArray, ...values: unknown[]): Html =>
  new Html(parts.map((part, at) => part + (at < values.length ? shown(values[at]) : '')).join(''))

function shown(value: unknown): string {
  if (value === false || value === null || value === undefined) return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(shown).join('')
  return String(value).replace(/[&<>"']/g, (character) => named[character] as string)
}

/** Headers of a page that runs only its own script and style and talks to `connect` beside its own origin. */
export function pageHeaders({ connect = [], submit = [] }: { connect?: string[]; submit?: string[] } = {}) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    `form-action ${["'self'", ...submit].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  }
}
