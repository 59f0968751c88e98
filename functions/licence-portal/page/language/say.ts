import type manage from '@securemailmerge/shared/languages/manage.en.json'
import type page from '@securemailmerge/shared/languages/page.en.json'
import type { Values } from './format.ts'

/** Names of all texts. */
export type Key = keyof typeof page | keyof typeof manage

/** A text in the language of the page, with its values. */
export type Say = (key: Key, values?: Values) => string
