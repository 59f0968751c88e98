import { Details, setDetails } from '@securemailmerge/shared/licensing/details'
import { ownerHints } from '@securemailmerge/shared/licensing/hints'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aChange, applied, aSeat, aState, decided, later, noon } from '../../builders.ts'

const faultsOf = (asked: unknown) =>
  Details.safeParse(asked).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? []
const texts = ['name', 'reference', 'contact'] as const

describe('what may be said', () => {
  it.each([
    { name: 'Contoso A/S' },
    { name: 'n'.repeat(100) },
    { reference: 'PO 17/2026' },
    { contact: 'c'.repeat(300) },
    { contact: 'Ask Pat <it@contoso.example>, room 7, +45 12 34 56 78' },
    { contact: 'Demande à « Élodie » 🙂' },
    { reference: null, contact: null },
  ])('takes %j', (asked) => {
    expect(Details.parse(asked)).toEqual(asked)
  })

  it('takes a text without the blanks around it', () => {
    expect(Details.parse({ name: ' \tContoso\n' })).toEqual({ name: 'Contoso' })
  })

  it.each([
    ['nothing', {}, ''],
    ['no name', { name: null }, 'name'],
    ['a name of blanks', { name: ' \t ' }, 'name'],
    ['an empty contact', { contact: '' }, 'contact'],
    ['a name that is too long', { name: 'n'.repeat(101) }, 'name'],
    ['a reference that is too long', { reference: 'r'.repeat(101) }, 'reference'],
    ['a contact that is too long', { contact: 'c'.repeat(301) }, 'contact'],
    ['a number', { name: 7 }, 'name'],
    ['a further field', { name: 'Contoso', owner: null }, ''],
  ])('refuses %s', (_, asked, at) => {
    expect(faultsOf(asked).map(([path]) => path)).toEqual([at])
  })

  it.each(
    texts.flatMap((what) =>
      [
        'Your mailbox is full: https://evil.example',
        'www.evil.example',
        'Log in at evil.example/login',
        'evil.xn--e1afmkfd/x',
        'two\nlines',
        'a\u0000b',
        'Con\u202etoso',
        'Con\u2066toso',
        'a\u200bb',
        'Con\u2028toso',
        'half a letter \ud83d',
      ].map((text) => ({ what, text })),
    ),
  )('F11: refuses as $what what is no plain text: $text', ({ what, text }) => {
    expect(faultsOf({ [what]: text })).toEqual([[what, 'not_plain_text']])
  })

  it('says that it needs one at least', () => {
    expect(faultsOf({})).toEqual([['', 'needs_at_least_one_field']])
  })
})

const said = { name: 'Contoso', reference: 'PO 17', contact: 'Ask Pat' }

describe('saying it', () => {
  it.each([
    [{ name: 'Fabrikam' }, [{ what: 'name', from: 'Contoso', to: 'Fabrikam' }]],
    [{ reference: 'PO 18' }, [{ what: 'reference', from: 'PO 17', to: 'PO 18' }]],
    [{ contact: null }, [{ what: 'contact', from: 'Ask Pat', to: null }]],
    [
      { name: 'Contoso', reference: null, contact: 'Ask Kim' },
      [
        { what: 'reference', from: 'PO 17', to: null },
        { what: 'contact', from: 'Ask Pat', to: 'Ask Kim' },
      ],
    ],
  ])('%j changes that, and nothing else of the subscription', (asked, changed) => {
    const state = aState({ ...said, source: 'purchased' }, [aSeat('bob@contoso.example')])
    const { answer, did, subscription, seats } = decided(setDetails(asked), state)
    expect(answer).toEqual({ changed })
    expect(did).toBe('described')
    expect(subscription).toEqual({ ...state.subscription, ...asked })
    expect(seats).toBeUndefined()
  })

  it('of what is said already changes nothing, and leaves no entry', () => {
    for (const asked of [said, { contact: 'Ask Pat' }]) {
      expect(decided(setDetails(asked), aState(said))).toEqual({ answer: { changed: [] } })
    }
    expect(decided(setDetails({ contact: null }), aState({ contact: null }))).toEqual({ answer: { changed: [] } })
  })

  it('refreshes the copies of a name where lists and look-ups begin, and of nothing else', () => {
    const at = later(1)
    const named = decided(setDetails({ name: 'Fabrikam' }), aState(said), aChange({ at }))
    expect(named.hints).toEqual(ownerHints(aState({ ...said, name: 'Fabrikam' }).subscription, at))
    expect(named.hints?.map(({ kind, name }) => [kind, name])).toEqual([
      ['role', 'Fabrikam'],
      ['shown', 'Fabrikam'],
    ])
    expect(decided(setDetails({ contact: 'Ask Kim', reference: null }), aState(said)).hints).toEqual([])
  })

  it('is asked again on what another writer left: of two at once each field has what was said of it last', () => {
    const one = fc.record(
      {
        name: fc.constantFrom('A', 'B', 'C'),
        reference: fc.constantFrom(null, 'R', 'S'),
        contact: fc.constantFrom(null, 'Ask Pat', 'Ask Kim'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (all) => {
        const before = aState({ ...said, assigned: 1 })
        const after = all.reduce((state, asked) => applied(state, decided(setDetails(asked), state)), before)
        const expected = Object.assign({}, said, ...all)
        expect(after.subscription).toMatchObject({ ...expected, assigned: 1, createdAt: noon.toISOString() })
      }),
    )
  })
})
