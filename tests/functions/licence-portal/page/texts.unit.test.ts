import { describe, expect, it } from 'vitest'
import { groups } from '../../../kit/page-texts.ts'
import { fixedParts, nodesOf, quoted, sourcesOf, wordsInCode } from './page-source.ts'

const code = new Map(
  Array.from(sourcesOf('functions/licence-portal/page'), ([path, text]) => [path, nodesOf(path, text)]),
)
const nodes = [...code.values()].flat()
const languages = ['en', 'fr'] as const
const names = Object.keys(groups.en) as (keyof typeof groups.en)[]
const textsOf = (language: 'en' | 'fr'): Record<string, string> => Object.assign({}, ...Object.values(groups[language]))
const [en, fr] = [textsOf('en'), textsOf('fr')]
const keys = Object.keys(en)

const literals = new Set(nodes.flatMap((node) => quoted(node) ?? []))
/** What fills the gap of a family is a word of the page, of the rules or of the contracts. */
const words = new Set(literals)
for (const source of sourcesOf('shared').values())
  for (const [, one, other] of source.matchAll(/'([a-z_]+)'|\b([a-z_]+):/g)) words.add(one ?? other ?? '')

/** `state.${state}` and its like: each can name several texts. */
const familiesOf = (all: typeof nodes) =>
  all.flatMap((node) => {
    const parts = fixedParts(node) ?? []
    if (parts.length < 2 || !parts.some((part) => /^[a-z_]+\.|\.[a-z_]+$/.test(part))) return []
    return [new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('([a-z_]+)')}$`)]
  })
const families = familiesOf(nodes)
const isOfFamily = (key: string) =>
  families.some((one) =>
    one
      .exec(key)
      ?.slice(1)
      .every((word) => words.has(word)),
  )

/** What people read of a text: names of values stand there only until they are filled in. */
const read = (text: string) => text.replaceAll(/\{\w+/g, '{')

/** Texts of a language of which people read what a pattern finds, as `fr key: text`. */
const found = (language: 'en' | 'fr', wrong: RegExp) =>
  Object.entries(textsOf(language)).flatMap(([key, text]) =>
    wrong.test(read(text)) ? [`${language} ${key}: ${text}`] : [],
  )

describe('the texts of the page', () => {
  it('are all said somewhere', () => {
    expect(families.length).toBeGreaterThan(10)
    expect(keys.filter((key) => !literals.has(key) && !isOfFamily(key))).toEqual([])
    expect(['history.never_said', 'state.of_no_rule'].filter((key) => literals.has(key) || isOfFamily(key))).toEqual([])
  })

  it('are all there that the page says', () => {
    const asked = nodes.flatMap((node) => {
      const isSay = node.type === 'CallExpression' && (node.callee as { name?: string }).name === 'say'
      return isSay ? (node.arguments as typeof nodes).slice(0, 1) : []
    })
    const said = asked.flatMap((node) => quoted(node) ?? [])
    expect(said.length).toBeGreaterThan(100)
    expect(said.filter((key) => !(key in en))).toEqual([])
    expect(familiesOf(asked).filter((one) => !keys.some((key) => one.test(key)))).toEqual([])
  })

  it('stand in one group each, in both languages, with the same values', () => {
    expect(names.flatMap((name) => Object.keys(groups.en[name]))).toHaveLength(keys.length)
    for (const name of names) expect(Object.keys(groups.fr[name]), name).toEqual(Object.keys(groups.en[name]))
    const values = (text = '') => [...new Set(Array.from(text.matchAll(/\{(\w+)/g), ([, name]) => name))].sort().join()
    expect(keys.filter((key) => values(en[key]) !== values(fr[key]))).toEqual([])
  })

  it('have two forms wherever they count, none that is empty, and no space at an end', () => {
    for (const language of languages)
      expect(found(language, /^\s|\s$|^$|\{\|[^|}]*\}|\{\|\||\|\}|\{[^}]*$/), language).toEqual([])
  })
})

/** The words of the code, which nobody reads: each has another one for people. */
const ofTheCode = {
  en: [/\bseats?\b/i, /\bholders?\b/i, /\breleas/i, /\breplac/i, /\bdelegates?\b/i, /\bunknown\b/i],
  fr: [/(?<!\p{L})si[èe]ges?(?!\p{L})/iu, /détent/i, /lib[éè]r/i, /remplac/i, /inconnu/i],
}
/** Words that are right only beside another. */
const alone = {
  en: [/(?<!subscription )\bowners?\b/i],
  fr: [/(?<!administrat(?:eur|rice)s? )délégués?(?!\p{L})/iu, /propriétaires?(?! de (?:l[’']|ton |cet )abonnement)/i],
}

describe('the words that people read', () => {
  it.each(languages)('are theirs, not those of the code: %s', (language) => {
    expect([...ofTheCode[language], ...alone[language]].flatMap((wrong) => found(language, wrong))).toEqual([])
  })

  it.each([
    ['en', 'A delegate releases the seat of its holder. The owner replaces it; unknown.', 7],
    ['en', 'A delegated administrator and the subscription owner withdraw a licence.', 0],
    ['fr', 'Un délégué libère le siège du détenteur. Le propriétaire le remplace ; inconnu.', 7],
    ['fr', 'Un administrateur délégué, la propriétaire de l’abonnement et des autorisations.', 0],
  ] as const)('are told apart: %s, "%s"', (language, text, count) => {
    expect([...ofTheCode[language], ...alone[language]].filter((wrong) => wrong.test(text))).toHaveLength(count)
  })

  it('stand in the language files alone: but for the name of the product, and of each language in itself', () => {
    const named = ['SecureMailMerge', 'English', 'Français']
    const isRead = (text: string) => /\p{L}/u.test(text) && !named.includes(text.trim()) && !(text in en)
    const strays = [...code].flatMap(([path, all]) =>
      wordsInCode(all)
        .filter(isRead)
        .map((text) => `${path}: ${text}`),
    )
    expect(strays).toEqual([])
    const faulty = `<p title={isNew ? 'New' : undefined} aria-label="One">Two {say('two')} {isOld && \`\${n} old\`}</p>`
    expect(wordsInCode(nodesOf('faulty.tsx', faulty)).filter(isRead).sort()).toEqual([' old', 'New', 'One', 'Two '])
  })
})
