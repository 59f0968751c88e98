const english = {
  title: 'Choose who to be',
  notice: 'Local stand-in for Microsoft sign-in. Nobody here is real, and no password is asked.',
  asks: (client: string) => `${client} asks you to sign in.`,
  nobody: 'Nobody of the cast has an account in this tenant.',
  personal: 'Personal accounts',
  cancel: 'Cancel',
  refused: 'This sign-in cannot go on',
  signedOut: 'You are signed out',
}

const french: typeof english = {
  title: 'Choisis qui tu veux être',
  notice: "Remplaçant local de la connexion Microsoft. Personne ici n'est réel, aucun mot de passe n'est demandé.",
  asks: (client) => `${client} te demande de te connecter.`,
  nobody: "Personne de la distribution n'a de compte dans ce locataire.",
  personal: 'Comptes personnels',
  cancel: 'Annuler',
  refused: 'Cette connexion ne peut pas continuer',
  signedOut: 'Tu es déconnecté',
}

/** The texts of the pages, by language. */
export const words = { en: english, fr: french }
/** A language of the pages. */
export type Language = keyof typeof words

/** The better liked of our two languages in an `Accept-Language` header; English when neither is named. */
export function languageOf(acceptLanguage: string): Language {
  const liked = acceptLanguage
    .split(',')
    .map((entry) => {
      const [tag = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase())
      const quality = rest.find((part) => part.startsWith('q='))?.slice(2)
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(
      (entry): entry is { language: Language; quality: number } => entry.language === 'en' || entry.language === 'fr',
    )
    .sort((a, b) => b.quality - a.quality)
  return liked[0]?.language ?? 'en'
}
