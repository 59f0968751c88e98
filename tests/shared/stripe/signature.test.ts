import { createHmac } from 'node:crypto'
import { isSigned, TOLERANCE_SECONDS, type WebhookSecret } from '@securemailmerge/shared/stripe/signature'
import fc from 'fast-check'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { hour, later, noon } from '../../builders.ts'
import { c01, c01Secret } from '../../stripe-objects.ts'

const secret = 'whsec_test_the_one_that_is_used_now'
const other = 'whsec_test_one_that_nobody_gave_us'
const now = noon.getTime() / 1000
const current = (text: string): WebhookSecret => ({ secret: text, until: null })
const bytesOf = (text: string) => new TextEncoder().encode(text)
const hmac = (payload: string | Uint8Array, key: string, time: number | string = now) =>
  createHmac('sha256', key).update(`${time}.`).update(payload).digest('hex')
/** The header that the seller's own package makes. */
const header = (payload: string, key = secret, timestamp = now) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp })

const body = '{\n  "id": "evt_1",\n  "note": "Jürgen \\/ team \ufffd",\n  "ratio": 1.0\n}\n'

describe('C01 the signature is of the bytes that came', () => {
  const bytes = bytesOf(c01.body)
  const isGood = (some: Uint8Array, text: string | null) => isSigned(some, text, [current(c01Secret)], noon)

  it('takes them as they were sent', () => {
    expect(bytes.byteLength).toBe(167)
    expect(isGood(bytes, c01.header)).toBe(true)
  })

  it.each([
    ['written anew by a parser', bytesOf(JSON.stringify(JSON.parse(c01.body)))],
    ['without the last newline', bytesOf(c01.body.trimEnd())],
    ['with the escapes resolved', bytesOf(c01.body.replace('\\u00fc', 'ü'))],
    ['with 1 for 1.0', bytesOf(c01.body.replace('1.0', '1'))],
    ['with one byte flipped', bytesOf(c01.body.replace('sub_c01', 'sub_c02'))],
    ['with a byte order mark before them', bytesOf(`\ufeff${c01.body}`)],
    ['in another encoding', new Uint8Array(Buffer.from(c01.body, 'utf16le'))],
    ['none at all', new Uint8Array()],
    ['twice', bytesOf(c01.body + c01.body)],
  ])('refuses them %s', (_, some) => {
    expect(isGood(some, c01.header)).toBe(false)
  })

  const v1 = c01.header.split('v1=')[1]!
  const wrong = '0'.repeat(64)
  it.each([
    ['two signatures, the second one right', `t=${now},v1=${wrong},v1=${v1}`, true],
    ['two signatures, the first one right', `t=${now},v1=${v1},v1=${wrong}`, true],
    ['a right one beside schemes that we do not know', `t=${now},v0=${wrong},v1=${v1},v2=x`, true],
    ['a right one beside one that is none', `t=${now},v1=,v1,v1=${'é'.repeat(64)},v1=${v1}`, true],
    ['two signatures, none right', `t=${now},v1=${wrong},v1=${wrong}`, false],
    ['only the old scheme', `t=${now},v0=${v1}`, false],
    ['no header', null, false],
    ['an empty header', '', false],
    ['a time alone', `t=${now}`, false],
    ['no time', `v1=${v1}`, false],
    ['an empty signature', `t=${now},v1=`, false],
    ['a signature without a value', `t=${now},v1`, false],
    ['a signature of other characters', `t=${now},v1=${'é'.repeat(64)}`, false],
    ['a signature in capitals', `t=${now},v1=${v1.toUpperCase()}`, false],
    ['a part of a signature', `t=${now},v1=${v1.slice(0, 32)}`, false],
    ['a signature and more', `t=${now},v1=${v1}00`, false],
    ['another time than was signed', `t=${now + 1},v1=${v1}`, false],
  ])('%s', (_, text, right) => {
    expect(isGood(bytes, text)).toBe(right)
  })
})

describe('C02 the time is near ours, before and after', () => {
  it.each([
    [-86_400, false],
    [-301, false],
    [-300, true],
    [-299, true],
    [0, true],
    [299, true],
    [300, true],
    [301, false],
    [86_400, false],
    [100_000, false],
  ])('%i s: %s', (seconds, right) => {
    const text = header(body, secret, now + seconds)
    expect(isSigned(bytesOf(body), text, [current(secret)], noon)).toBe(right)
    // The last millisecond of our second is the same second.
    expect(isSigned(bytesOf(body), text, [current(secret)], later(999))).toBe(right)
  })

  it.each(['NaN', '-1', '1e12', '1000000000000', '', ' 1772366400', '1772366400.0', '0x69a42cc0', '1772366400 '])(
    'refuses the time %j, whatever is signed with it',
    (time) => {
      for (const signed of [time, String(Number(time)), String(Number.parseInt(time, 10))]) {
        const text = `t=${time},v1=${hmac(body, secret, signed)}`
        expect(isSigned(bytesOf(body), text, [current(secret)], noon)).toBe(false)
      }
    },
  )

  it.each([`t=${now},t=1`, `t=1,t=${now}`, `t=${now},t=${now}`, `t=${now}, t=${now}`, `t=${now},\tt=1`])(
    'refuses two times: %j',
    (times) => {
      const text = `${times},v1=${hmac(body, secret)},v1=${hmac(body, secret, 1)}`
      expect(isSigned(bytesOf(body), text, [current(secret)], noon)).toBe(false)
    },
  )

  it('holds at every second', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 1_000 }), fc.nat(999), (seconds, milliseconds) => {
        const text = header(body, secret, now + seconds)
        const right = Math.abs(seconds) <= TOLERANCE_SECONDS
        expect(isSigned(bytesOf(body), text, [current(secret)], later(milliseconds))).toBe(right)
      }),
    )
  })
})

describe('secrets', () => {
  const end = later(hour)
  const secrets = [current(secret), { secret: other, until: end }]

  it('takes the previous one strictly before its end, and the current one before and after', () => {
    for (const [milliseconds, previousCounts] of [
      [-1, true],
      [0, false],
      [1, false],
    ] as const) {
      const at = later(milliseconds, end)
      const time = Math.floor(at.getTime() / 1000)
      expect(isSigned(bytesOf(body), header(body, other, time), secrets, at)).toBe(previousCounts)
      expect(isSigned(bytesOf(body), header(body, secret, time), secrets, at)).toBe(true)
    }
  })

  it('takes what the seller signs with both while one replaces the other', () => {
    const both = `t=${now},v1=${hmac(body, 'whsec_one_of_the_future')},v1=${hmac(body, other)}`
    expect(isSigned(bytesOf(body), both, secrets, noon)).toBe(true)
    expect(isSigned(bytesOf(body), both, secrets, end)).toBe(false)
  })

  it.each([
    ['one that is not ours', [current(other)]],
    ['none', []],
    ['an empty one, which would verify what anybody signs with nothing', [current('')]],
  ])('knows nothing signed under %s', (_, known) => {
    for (const key of [secret, '']) {
      expect(isSigned(bytesOf(body), `t=${now},v1=${hmac(body, key)}`, known, noon)).toBe(false)
    }
  })
})

describe('whatever is altered', () => {
  const flipped = (bytes: Uint8Array, bit: number) => {
    const copy = Uint8Array.from(bytes)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    return copy
  }

  it('any text that was signed is taken', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        expect(isSigned(bytesOf(text), `t=${now},v1=${hmac(bytesOf(text), secret)}`, [current(secret)], noon)).toBe(
          true,
        )
      }),
    )
  })

  it('one flipped bit anywhere in the body is refused', () => {
    const bytes = bytesOf(body)
    const text = header(body)
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      expect(isSigned(flipped(bytes, bit), text, [current(secret)], noon), `bit ${bit}`).toBe(false)
    }
  })

  it('one flipped bit anywhere in the header is refused, and is never a fault', () => {
    // A header reaches us byte by byte, each a character.
    const text = header(body)
    for (let bit = 0; bit < text.length * 8; bit += 1) {
      const altered = Buffer.from(flipped(Buffer.from(text, 'latin1'), bit)).toString('latin1')
      expect(isSigned(bytesOf(body), altered, [current(secret)], noon), altered).toBe(false)
    }
  })

  it('other bytes are refused, also those that a reader would take for the same text', () => {
    const text = header(body)
    const bytes = Buffer.from(body)
    const broken = [0x80, 0xbf, 0xc0, 0xf8, 0xfe, 0xff].map((byte) => {
      const at = bytes.indexOf(Buffer.from('\ufffd'))
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at + 3)])
    })
    for (const one of broken) {
      // Read the forgiving way it is the text that was signed.
      expect(one.toString('utf8')).toBe(body)
      expect(isSigned(one, text, [current(secret)], noon)).toBe(false)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (some) => {
        fc.pre(!Buffer.from(some).equals(bytes))
        expect(isSigned(some, text, [current(secret)], noon)).toBe(false)
      }),
    )
  })

  it('any header is an answer and never a fault', () => {
    // A header reaches us byte by byte, each a character.
    const byte = fc.nat(255).map((code) => String.fromCharCode(code))
    const part = fc.oneof(
      fc.string({ unit: byte }),
      fc.constantFrom('t', 't=', `t=${now}`, 'v1', 'v1=', `v1=${hmac(body, other)}`, `v0=${hmac(body, secret)}`, ''),
    )
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(isSigned(bytesOf(body), parts.join(','), [current(secret)], noon)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})
