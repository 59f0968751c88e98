import { addressHash, canonical, domainOf, TypedAddress } from '@securemailmerge/shared/licensing/address'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anAddress } from '../../builders.ts'

const maria = 'maria.diaz@contoso.example'

describe('C16 one canonical address', () => {
  it.each([
    ['capitals', 'Maria.Diaz@Contoso.Example'],
    ['surrounding blanks, U+00A0 too', ' maria.diaz@CONTOSO.example\u00a0'],
    ['angle brackets', '<maria.diaz@contoso.example>'],
    ['a display name', '"Maria" <maria.diaz@contoso.example>'],
    ['a display name with a picture', 'Maria ❤️ < Maria.Diaz@contoso.example >'],
    ['a dot at the end of the domain', 'maria.diaz@contoso.example.'],
    ['a byte order mark of a pasted file', '\ufeffmaria.diaz@contoso.example'],
  ])('is the same with %s', (_, text) => {
    expect(canonical(text)).toBe(maria)
  })

  it.each([
    ['', 'empty'],
    [' \u00a0\t', 'empty'],
    ['\u200bmaria.diaz@contoso.example', 'invisible_character'],
    ['maria.diaz\u200d@contoso.example', 'invisible_character'],
    ['maria.diaz@contoso\u00ad.example', 'invisible_character'],
    ['\u202emaria.diaz@contoso.example', 'invisible_character'],
    ['maria\u034f.diaz@contoso.example', 'invisible_character'],
    ['maria\u3164@contoso.example', 'invisible_character'],
    ['maria\ndiaz@contoso.example', 'invisible_character'],
    ['"Maria" <\u200bmaria.diaz@contoso.example>', 'invisible_character'],
    ['maria', 'not_an_address'],
    ['maria@', 'not_an_address'],
    ['@contoso.example', 'not_an_address'],
    ['maria@contoso', 'not_an_address'],
    ['maria diaz@contoso.example', 'not_an_address'],
    ['a@b@contoso.example', 'not_an_address'],
    ['maria..diaz@contoso.example', 'not_an_address'],
    ['.maria@contoso.example', 'not_an_address'],
    ['"maria diaz"@contoso.example', 'not_an_address'],
    ['maria@127.0.0.1', 'not_an_address'],
    ['maria@[::1]', 'not_an_address'],
    ['maria@0x7f.1', 'not_an_address'],
    ['maria@contoso.example:80', 'not_an_address'],
    ['maria@contoso.example/x', 'not_an_address'],
    ['maria@contoso%2eexample', 'not_an_address'],
    ['maria@-contoso.example', 'not_an_address'],
    ['Maria <a@contoso.example> <b@contoso.example>', 'not_an_address'],
    ['a@contoso.example, b@contoso.example', 'not_an_address'],
    [`${'a'.repeat(65)}@contoso.example`, 'too_long'],
    [`${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`, 'too_long'],
  ])('refuses %j: %s', (text, fault) => {
    expect(canonical(text)).toEqual({ fault })
  })

  const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  const domain = fc.constantFrom('contoso.example', 'MÜNCHEN.example', 'xn--mnchen-3ya.example', '例え.テスト')

  it('stays what it is when it is made canonical again, whatever was typed', () => {
    fc.assert(
      fc.property(local, domain, (name, host) => {
        const once = canonical(`${name}@${host}`)
        if (typeof once === 'string') expect(canonical(once)).toBe(once)
      }),
      { numRuns: 500 },
    )
  })

  it('stays what it is for every letter whose case or composition changes, alone and before a mark', () => {
    const marks = ['', '\u0301', '\u030a', '\u030c', '\u0308', '\u0331', '\u0307', '\u0323', '\u0342', '\u0345']
    const changing = Array.from({ length: 0xd800 }, (_, code) => String.fromCodePoint(code)).filter(
      (letter) => letter !== letter.toLowerCase(),
    )
    const wrong = changing.flatMap((letter) =>
      marks.filter((mark) => {
        const once = canonical(`x${letter}${mark}@contoso.example`)
        return typeof once === 'string' && canonical(once) !== once
      }),
    )
    expect(changing.length).toBeGreaterThan(1_000)
    expect(wrong).toEqual([])
  })

  const ascii = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9_-]{1,10})?$/)
  const blank = fc.stringMatching(/^[ \t\u00a0\u3000]{0,3}$/)

  it('does not depend on case, blanks around it or how its marks are composed', () => {
    fc.assert(
      fc.property(ascii, fc.infiniteStream(fc.boolean()), blank, blank, (name, capitals, before, behind) => {
        const address = `${name}@contoso.example`
        const variant = [...address].map((letter) => (capitals.next().value ? letter.toUpperCase() : letter)).join('')
        expect(canonical(`${before}${variant}${behind}`)).toBe(address)
      }),
    )
    expect(canonical('rene\u0301@contoso.example')).toBe(canonical('RENÉ@contoso.example'))
  })

  it('never holds a character that cannot be seen', () => {
    const planes = [...Array(0xd800).keys(), ...Array.from({ length: 0x200 }, (_, code) => 0xe0000 + code)]
    const hidden = planes.map((code) => String.fromCodePoint(code)).filter((one) => /[\p{Cc}\p{Cf}\p{DI}]/u.test(one))
    fc.assert(
      fc.property(fc.constantFrom(...hidden), fc.integer({ min: 1, max: maria.length - 1 }), (character, at) => {
        const text = maria.slice(0, at) + character + maria.slice(at)
        expect(canonical(text)).toEqual({ fault: 'invisible_character' })
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps what was typed for display, without the display name', () => {
    expect(TypedAddress.parse('"Maria" < Maria.Diaz@Contoso.Example >')).toEqual({
      address: maria,
      typed: 'Maria.Diaz@Contoso.Example',
    })
    expect(TypedAddress.parse(' Maria.Diaz@contoso.example')).toEqual({
      address: maria,
      typed: 'Maria.Diaz@contoso.example',
    })
  })

  it('says which line is wrong and why', () => {
    const { error } = TypedAddress.array().safeParse([maria, 'nobody', '\u200bkim@contoso.example'])
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [[1], 'not_an_address'],
      [[2], 'invisible_character'],
    ])
    expect(TypedAddress.safeParse(`${'a'.repeat(500)}@contoso.example`).success).toBe(false)
  })
})

describe('F35 an address in a key', () => {
  const atext = [..."abcxyzABCXYZ0189!#$%&'*+-/=?^_`{|}~"]

  it.each(atext)('survives %s, and its hash may stand in a URL', (character) => {
    const address = anAddress(`kim${character}ops@contoso.example`)
    expect(address).toBe(`kim${character.toLowerCase()}ops@contoso.example`)
    expect(canonical(address)).toBe(address)
    expect(addressHash(address)).toMatch(/^[\w-]{43}$/)
  })

  it('has another hash for another address', () => {
    const hashes = atext.map((character) => addressHash(anAddress(`kim${character}@contoso.example`)))
    expect(new Set(hashes).size).toBe(new Set(atext.map((one) => one.toLowerCase())).size)
  })
})

it('tells the domain', () => {
  expect(domainOf(anAddress('kim@Bücher.example'))).toBe('xn--bcher-kva.example')
})
