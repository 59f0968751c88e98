/** What stands for Microsoft Graph among the resources: its well-known id, and delegated permissions to mail. */
export const graph = {
  name: 'microsoftGraph' as const,
  id: '00000003-0000-0000-c000-000000000000',
  displayName: 'Microsoft Graph',
  identifierUris: ['https://graph.microsoft.com'],
  api: {
    // Graph's own tokens have the shape of version 1.
    requestedAccessTokenVersion: 1 as const,
    oauth2PermissionScopes: [
      { id: 'e383f46e-2787-4529-855e-0e479a3ffac0', value: 'Mail.Send' },
      { id: 'a367ab51-6b49-43bf-a716-a1fb06d2a174', value: 'Mail.Send.Shared' },
      { id: '570282fd-fa5c-430d-a7fd-fc8dc98a9dca', value: 'Mail.Read' },
      { id: '024d486e-b451-40bb-833d-3e66d98c5c73', value: 'Mail.ReadWrite' },
    ],
  },
}

/** What a person reads of each permission before they consent. */
export const permissionTexts: Record<string, { en: string; fr: string }> = {
  'Mail.Send': { en: 'Send mail as you', fr: 'Envoyer du courrier en ton nom' },
  'Mail.Send.Shared': {
    en: 'Send mail on behalf of others, from mailboxes shared with you',
    fr: "Envoyer du courrier pour d'autres, depuis des boîtes partagées avec toi",
  },
  'Mail.Read': { en: 'Read your mail', fr: 'Lire ton courrier' },
  'Mail.ReadWrite': { en: 'Read, write and delete your mail', fr: 'Lire, écrire et supprimer ton courrier' },
}
