import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { format, type Language } from './format.ts'
import type { Key, Say } from './say.ts'

export type { Key, Say } from './say.ts'

/** Texts that only some pages need. */
type Group = 'manage' | 'purchase' | 'it'
type Texts = Partial<Record<Key, string>>

interface Spoken {
  language: Language
  speak: (language: Language) => void
  texts: Texts
}

const Context = createContext<Spoken | undefined>(undefined)

const files: Record<'page' | Group, Record<Language, () => Promise<{ default: Texts }>>> = {
  page: {
    en: () => import('@securemailmerge/shared/languages/page.en.json'),
    fr: () => import('@securemailmerge/shared/languages/page.fr.json'),
  },
  manage: {
    en: () => import('@securemailmerge/shared/languages/manage.en.json'),
    fr: () => import('@securemailmerge/shared/languages/manage.fr.json'),
  },
  purchase: {
    en: () => import('@securemailmerge/shared/languages/purchase.en.json'),
    fr: () => import('@securemailmerge/shared/languages/purchase.fr.json'),
  },
  it: {
    en: () => import('@securemailmerge/shared/languages/it.en.json'),
    fr: () => import('@securemailmerge/shared/languages/it.fr.json'),
  },
}
const loaded = new Map<string, { texts: Promise<Texts> }>()

function load(group: 'page' | Group, language: Language): Promise<Texts> {
  const name = `${group}.${language}`
  const known = loaded.get(name)
  if (known) return known.texts
  const texts = files[group][language]().then((file) => file.default)
  loaded.set(name, { texts })
  return texts
}

const KEPT = 'language'

/** The language that the address names, else the one chosen before, else the one that the browser likes best. */
function firstLanguage(): Language {
  const wishes = [new URLSearchParams(location.search).get('lang'), localStorage.getItem(KEPT), ...navigator.languages]
  return wishes.map((wish) => wish?.slice(0, 2)).find((wish) => wish === 'en' || wish === 'fr') ?? 'en'
}

/** Gives all below it the texts of every page; waits for them first. */
export function Texts({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const texts = use(load('page', language))
  const spoken = useMemo(() => {
    const speak = (chosen: Language) => {
      localStorage.setItem(KEPT, chosen)
      setLanguage(chosen)
    }
    return { language, speak, texts }
  }, [language, texts])
  return <Context value={spoken}>{children}</Context>
}

/** Gives all below it the texts of every page in one language, whichever the page is in. */
export function TextsIn({ language, children }: { language: Language; children: ReactNode }) {
  const { speak } = useSpoken()
  const texts = use(load('page', language))
  const spoken = useMemo(() => ({ language, speak, texts }), [language, speak, texts])
  return <Context value={spoken}>{children}</Context>
}

/** Adds texts that only some pages need; waits for them first. */
export function MoreTexts({ group, children }: { group: Group; children: ReactNode }) {
  const { language, speak, texts: before } = useSpoken()
  const more = use(load(group, language))
  const spoken = useMemo(() => ({ language, speak, texts: { ...before, ...more } }), [language, speak, before, more])
  return <Context value={spoken}>{children}</Context>
}

function useSpoken(): Spoken {
  const spoken = use(Context)
  if (!spoken) throw new Error('Texts are used outside of <Texts>.')
  return spoken
}

/** How this page speaks: its texts, its days and times, its money, and a way to change the language. */
export function useLanguage() {
  const { language, speak, texts } = useSpoken()
  return useMemo(() => {
    const say: Say = (key, values = {}) => format(texts[key] ?? key, values, language)
    // As in the answers of the look-up, which stand beside them.
    const region = language === 'en' ? 'en-GB' : 'fr'
    const date = new Intl.DateTimeFormat(region, { dateStyle: 'long' })
    const clock = new Intl.DateTimeFormat(region, { timeStyle: 'short' })
    const money = (amount: number, currency: string) =>
      new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount / 100)
    const day = (at: string) => date.format(new Date(at))
    const time = (at: string) => clock.format(new Date(at))
    return { language, speak, say, day, time, money }
  }, [language, speak, texts])
}
