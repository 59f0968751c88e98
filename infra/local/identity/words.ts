const english = {
  title: 'Choose who to be',
  notice: 'Local stand-in for Microsoft sign-in. Nobody here is real, and no password is asked.',
  asks: (client: string) => `${client} asks you to sign in.`,
  nobody: 'Nobody of the cast has an account in this tenant.',
  personal: 'Personal accounts',
  cancel: 'Cancel',
  refused: 'This sign-in cannot go on',
  signedOut: 'You are signed out',
  consent: (client: string) => `${client} wants to`,
  consentFor: (organisation: string) => `For everybody at ${organisation}:`,
  approval: 'Need admin approval',
  approvalOf: (client: string) => `${client} needs permission that only an administrator can grant:`,
  accept: 'Accept',
  acceptAs: (name: string) => `Accept as ${name}`,
  back: 'Return to the application without granting consent',
  offline: 'Maintain access to data you have given it access to',
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
  consent: (client) => `${client} souhaite`,
  consentFor: (organisation) => `Pour tout le monde chez ${organisation} :`,
  approval: "Approbation de l'administrateur requise",
  approvalOf: (client) => `${client} a besoin d'une autorisation que seul un administrateur peut accorder :`,
  accept: 'Accepter',
  acceptAs: (name) => `Accepter en tant que ${name}`,
  back: "Revenir à l'application sans donner de consentement",
  offline: "Conserver l'accès aux données auxquelles tu lui as donné accès",
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
