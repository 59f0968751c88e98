import type it from '@securemailmerge/shared/languages/it.en.json'
import type manage from '@securemailmerge/shared/languages/manage.en.json'
import type page from '@securemailmerge/shared/languages/page.en.json'
import type purchase from '@securemailmerge/shared/languages/purchase.en.json'
import type { Values } from './format.ts'

/** Names of all texts. */
export type Key = keyof typeof page | keyof typeof manage | keyof typeof purchase | keyof typeof it

/** A text in the language of the page, with its values. */
export type Say = (key: Key, values?: Values) => string
