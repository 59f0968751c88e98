import { isPagePath, isReturnPath } from '@securemailmerge/shared/http/page-paths'
import { describe, expect, it } from 'vitest'

describe('F17 where a sign-in comes back to', () => {
  it.each([
    '/',
    '/subscriptions',
    '/subscriptions/',
    '/subscriptions/sub_aB3-x',
    '/subscriptions/sub_aB3-x/people',
    '/purchase/confirm?lang=fr',
    '/it',
    '/?refused=declined',
    '/invitation',
    '/sign-in/done',
    '/subscriptions?prefix=a%40b.example&limit=5',
  ])('may be %s', (path) => {
    expect(isReturnPath(path)).toBe(true)
  })

  it.each([
    '',
    'subscriptions',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%2f/evil.example',
    '/%5cevil.example',
    'https://evil.example',
    'https:evil.example',
    'HTTPS://EVIL.EXAMPLE/',
    'javascript:alert(1)',
    'data:text/html,x',
    '/subscriptions@evil.example',
    '@evil.example',
    '.evil.example',
    '/.evil.example',
    '/subscriptions//evil.example',
    '/subscriptions/../../evil',
    '/subscriptions/%2e%2e/x',
    '/it#@evil.example',
    '/it?back=https://evil.example',
    '/it?x=\r\nLocation: https://evil.example',
    '/it?a="onload=',
    '/it?x?y',
    ' /it',
    '/it ',
    '/it\n',
    '/api/session',
    '/api/subscriptions',
    '/admin/functions',
    '/nowhere',
    `/subscriptions/${'x'.repeat(201)}`,
    `/it?${'x'.repeat(301)}`,
  ])('is never %j', (path) => {
    expect(isReturnPath(path)).toBe(false)
  })
})

describe('the paths of the page', () => {
  it.each(['/', '/subscriptions', '/subscriptions/sub_1', '/purchase/confirm', '/it', '/sign-in', '/signed-out'])(
    '%s is one',
    (path) => {
      expect(isPagePath(path)).toBe(true)
    },
  )

  it.each(['/index.html', '/assets/x.js', '/favicon.ico', '/nope', '/IT', '/api/licence', '/it?x', '/subscriptionsx'])(
    '%s is none',
    (path) => {
      expect(isPagePath(path)).toBe(false)
    },
  )
})
