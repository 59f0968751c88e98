import type { IncomingMessage } from 'node:http'
import { type Language, languageOf } from './identity/words.ts'

/** The language of a page: the one that its address names (`?lang=`), else the one that the browser likes better. */
export function pageLanguage({ url, headers }: IncomingMessage): Language {
  const named = new URL(url ?? '/', 'http://localhost').searchParams.get('lang')
  return named === 'en' || named === 'fr' ? named : languageOf(headers['accept-language'] ?? '')
}
