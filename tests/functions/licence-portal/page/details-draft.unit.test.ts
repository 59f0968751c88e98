import { describe, expect, it } from 'vitest'
import { Problem } from '../../../../functions/licence-portal/page/data/problem.ts'
import {
  changesOf,
  longest,
  oneLine,
  shownIn,
  withoutSaved,
} from '../../../../functions/licence-portal/page/pages/subscription/settings/draft.ts'
import { readerSentence } from '../../../../functions/licence-portal/page/pages/subscription/settings/reader-sentence.ts'
import { wrongBy, wrongIn } from '../../../../functions/licence-portal/page/pages/subscription/settings/wrong.ts'
import { answer } from '../../../../shared/licensing/answer.ts'
import { Details } from '../../../../shared/licensing/details.ts'

const saved = { name: 'Contoso', reference: 'PO 1', contact: null }

describe('a draft', () => {
  it('shows what was typed, also nothing, else what is saved', () => {
    expect(shownIn({ reference: '' }, saved, 'reference')).toBe('')
    expect(shownIn({}, saved, 'reference')).toBe('PO 1')
    expect(shownIn({}, saved, 'contact')).toBe('')
  })

  it('asks to save only what says something else, without the blanks around it', () => {
    expect(changesOf({}, saved)).toEqual({})
    expect(changesOf({ name: ' Contoso ', contact: '  ' }, saved)).toEqual({})
    expect(changesOf({ name: 'Fabrikam', reference: '', contact: ' Ann ' }, saved)).toEqual({
      ...{ name: 'Fabrikam', reference: null, contact: 'Ann' },
    })
  })

  it('keeps what was typed while some of it was being saved', () => {
    const draft = { name: 'Fabrikam ', reference: 'PO 2, and more', contact: 'Ann' }
    expect(withoutSaved(draft, { name: 'Fabrikam', reference: 'PO 2' })).toEqual({
      ...{ reference: 'PO 2, and more', contact: 'Ann' },
    })
  })

  it('is of one line, however it was pasted', () => {
    expect(oneLine('Ann\r\nfirst floor\tleft')).toBe('Ann first floor left')
  })

  it('may be as long as the service takes it, and no longer', () => {
    for (const [name, most] of Object.entries(longest)) {
      expect(Details.safeParse({ [name]: 'x'.repeat(most) }).success).toBe(true)
      expect(Details.safeParse({ [name]: 'x'.repeat(most + 1) }).success).toBe(false)
    }
  })
})

describe('what is wrong with it', () => {
  it('is an empty name, before anybody is asked', () => {
    expect(wrongIn(changesOf({ name: '  ' }, saved))).toEqual({ name: 'settings.wrong.empty' })
    expect(wrongIn(changesOf({ reference: '' }, saved))).toEqual({})
  })

  it('is said beside the field that the service names', () => {
    const errors = [
      { at: 'body.contact', fault: 'not_plain_text' },
      { at: 'body.name', fault: 'too_big' },
      { at: 'body.reference', fault: 'of_tomorrow' },
      { at: 'body', fault: 'unknown_field' },
    ]
    expect(wrongBy(new Problem('input_invalid', 400, { errors }))).toEqual({
      contact: 'settings.wrong.not_plain_text',
      name: 'settings.wrong.too_long',
      reference: 'settings.wrong.other',
    })
  })

  it('is nothing of theirs where something else was refused', () => {
    expect(wrongBy(new Problem('read_only', 503))).toEqual({})
    expect(wrongBy(new Problem('input_invalid', 400))).toEqual({})
    expect(wrongBy(null)).toEqual({})
  })
})

describe('what somebody without a licence reads', () => {
  const unlicensed = { footer: true, found: null, until: null, paidUntil: null } as const
  it.each(['en', 'fr'] as const)('is what the look-up says, word for word, in %s', (language) => {
    for (const contact of [null, 'Ann, ann@contoso.example', '$& {contact} {ask}']) {
      const told = answer({ ...unlicensed, code: 'not_assigned', contact }, language, new Date())
      expect(readerSentence(contact ?? '', language)).toBe(told.message)
    }
  })

  it('names nobody while the text is empty', () => {
    expect(readerSentence('   ', 'en')).toBe(readerSentence('', 'en'))
  })
})
