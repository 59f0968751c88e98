import { english } from './words.en.ts'
import { french } from './words.fr.ts'

export type { Words } from './words.en.ts'

/** The texts by language. */
export const words = { en: english, fr: french }
