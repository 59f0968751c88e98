import { format, type Language } from '../../functions/licence-portal/page/language/format.ts'
import type { Say } from '../../functions/licence-portal/page/language/say.ts'
import itEn from '../../shared/languages/it.en.json' with { type: 'json' }
import itFr from '../../shared/languages/it.fr.json' with { type: 'json' }
import manageEn from '../../shared/languages/manage.en.json' with { type: 'json' }
import manageFr from '../../shared/languages/manage.fr.json' with { type: 'json' }
import pageEn from '../../shared/languages/page.en.json' with { type: 'json' }
import pageFr from '../../shared/languages/page.fr.json' with { type: 'json' }
import purchaseEn from '../../shared/languages/purchase.en.json' with { type: 'json' }
import purchaseFr from '../../shared/languages/purchase.fr.json' with { type: 'json' }

/** The texts of the page in their groups: the first every page loads, each other some pages. */
export const groups = {
  en: { page: pageEn, manage: manageEn, purchase: purchaseEn, it: itEn },
  fr: { page: pageFr, manage: manageFr, purchase: purchaseFr, it: itFr },
}

const texts = {
  en: { ...pageEn, ...manageEn, ...purchaseEn, ...itEn },
  fr: { ...pageFr, ...manageFr, ...purchaseFr, ...itFr },
}

/** The texts of the page as it says them. What is not filled in stays in braces. */
export const sayIn =
  (language: Language): Say =>
  (key, values = {}) =>
    format(texts[language][key], values, language)
