import en from '@securemailmerge/shared/languages/look-up.en.json' with { type: 'json' }
import fr from '@securemailmerge/shared/languages/look-up.fr.json' with { type: 'json' }
import type { Language } from '../../../language/format.ts'

const texts = { en, fr }

/** What the add-in tells somebody of the organisation who has no licence, with whom to ask in it, if anybody. */
export function readerSentence(contact: string, language: Language): string {
  const { not_assigned: sentence, ask, nobody } = texts[language]
  const whom = contact.trim()
  return sentence.replace('{ask}', () => (whom ? ask.replace('{contact}', () => whom) : nobody))
}
