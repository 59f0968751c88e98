import { element, keep, kept, made, now, say } from './page-parts.js'

const MOST_SHOWN = 30
/** Long lists and reports would fill what a tab may keep. */
const MOST_CHARACTERS = 20_000

/** fetch, noted for the list on the page. */
export async function recorded(url, init = {}) {
  const began = performance.now()
  const entry = { method: init.method ?? 'GET', url, headers: init.headers ?? {}, status: say.noAnswer, body: '' }
  if (typeof init.body === 'string') entry.sent = init.body.slice(0, MOST_CHARACTERS)
  try {
    const response = await fetch(url, init)
    entry.status = response.status
    entry.body = (await response.clone().text()).slice(0, MOST_CHARACTERS)
    return response
  } finally {
    note({ ...entry, ms: Math.round(performance.now() - began) })
  }
}

/** One more entry. What is asked again and again is one entry, with a count. */
export function note(entry) {
  const [last, ...others] = kept('wire') ?? []
  const isAgain = last && entry.method === 'GET' && last.method === 'GET' && last.url === entry.url
  const before = isAgain ? others : [last, ...others].filter(Boolean)
  const times = isAgain ? (last.times ?? 1) + 1 : 1
  keep('wire', [{ ...entry, times, at: now().toISOString() }, ...before].slice(0, MOST_SHOWN))
  showWire()
}

export function showWire() {
  const entries = kept('wire') ?? []
  if (entries.length > 0) element('wire').replaceChildren(...entries.map(wireEntry))
}

function wireEntry({ at, method, url, headers, sent, status, ms, body, times = 1 }) {
  const { host, pathname } = new URL(url)
  const details = document.createElement('details')
  const path = pathname.replace(/([\w-]{8})[\w-]{30,}(\.[\w-]+)?/g, '$1…')
  const summary = made('summary', `${method} ${host}${path} → ${status}`)
  const count = times > 1 ? `, × ${times}` : ''
  summary.append(made('small', ` ${ms} ms, ${at.slice(11, 19)}${count}`))
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const got = body.startsWith('{') ? pretty(body) : body
  const text = [`${method} ${url}`, ...lines, '', ...(sent ? [sent, ''] : []), got].join('\n')
  details.append(summary, made('pre', shortened(text)))
  return details
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

/** Tokens, keys, proofs and ids are long, and nobody reads them. */
const shortened = (text) => text.replace(/([\w-]{24})[\w-]{40,}(\.[\w-]+)*/g, '$1…')
