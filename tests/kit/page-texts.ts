import { format, type Language } from '../../functions/licence-portal/page/language/format.ts'
import type { Say } from '../../functions/licence-portal/page/language/say.ts'
import manageEn from '../../shared/languages/manage.en.json' with { type: 'json' }
import manageFr from '../../shared/languages/manage.fr.json' with { type: 'json' }
import pageEn from '../../shared/languages/page.en.json' with { type: 'json' }
import pageFr from '../../shared/languages/page.fr.json' with { type: 'json' }

const texts = { en: { ...pageEn, ...manageEn }, fr: { ...pageFr, ...manageFr } }

/** The texts of the page as it says them. What is not filled in stays in braces. */
export const sayIn =
  (language: Language): Say =>
  (key, values = {}) =>
    format(texts[language][key], values, language)
