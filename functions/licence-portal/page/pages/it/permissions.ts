import type { Key } from '../../language/say.ts'

/** Something that an application of ours asks Microsoft for. */
export interface Permission {
  /** Its names, as Microsoft shows them. */
  names: string[]
  /** The day since when it is asked for. */
  since: string
  lets: Key
  why: Key
}

/** An application of ours as an organisation sees it, and all that it asks for. */
export interface Application {
  name: string
  what: Key
  permissions: Permission[]
}

/** Every application of ours. A test holds this against what is registered and asked for. */
export const applications: Application[] = [
  {
    name: 'SecureMailMerge Licences',
    what: 'it.app.portal',
    permissions: [
      {
        names: ['openid', 'profile', 'email'],
        since: '2026-11-28',
        lets: 'it.lets.sign_in',
        why: 'it.why.sign_in',
      },
    ],
  },
  {
    name: 'SecureMailMerge Licensing API',
    what: 'it.app.licensing',
    permissions: [
      { names: ['access_as_user'], since: '2026-11-25', lets: 'it.lets.licensing', why: 'it.why.licensing' },
    ],
  },
  {
    name: 'SecureMailMerge Sending API',
    what: 'it.app.sending',
    permissions: [
      { names: ['access_as_user'], since: '2026-11-25', lets: 'it.lets.campaigns', why: 'it.why.campaigns' },
      { names: ['Mail.Send'], since: '2026-11-28', lets: 'it.lets.send', why: 'it.why.send' },
      { names: ['Mail.Send.Shared'], since: '2026-11-28', lets: 'it.lets.shared', why: 'it.why.shared' },
      { names: ['Mail.ReadWrite'], since: '2026-11-28', lets: 'it.lets.drafts', why: 'it.why.drafts' },
      { names: ['offline_access'], since: '2026-11-28', lets: 'it.lets.offline', why: 'it.why.offline' },
      { names: ['openid', 'profile'], since: '2026-11-28', lets: 'it.lets.who', why: 'it.why.who' },
    ],
  },
]
