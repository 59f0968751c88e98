import { consumerTenantId, type Person } from './person.ts'

/** Application ids of the registrations on one machine. In Azure they are parameters of the environment. */
export const localClientIds = {
  licensingApi: 'ed87b72e-556c-4c94-a127-d2dd86273d1f',
  sendingApi: '29ac853f-3bb2-43e4-922b-c165ba39e8cf',
  addIn: 'a4aa40da-1820-4041-bb75-880bbd7740a7',
  portal: '643390af-0fac-482b-9b88-cb7aa3c30d02',
} as const

/** A company of the cast, the tenant of all personal accounts, or a free user's own tenant. */
export interface Tenant {
  id: string
  name: string
  /** The mail domain that the tenant has verified. */
  domain: string
  /** What its people may consent to by themselves, until a test says otherwise. */
  consent: ConsentPolicy
  /** Key of the person who can consent for all of it; null where nobody can. */
  administrator: string | null
}

/** What people of a tenant may consent to: everything, nothing, or everything but reading and writing mail (F23). */
export type ConsentPolicy = 'allowed' | 'blocked' | 'read_write_blocked'

/** The tenants of the cast, in the order the pages show them. */
export const tenants = {
  contoso: {
    ...{ id: 'a0c94727-500b-47b6-9778-07462571a6b6', name: 'Contoso', domain: 'contoso.example' },
    ...{ consent: 'allowed', administrator: 'olivia' },
  },
  fabrikam: {
    ...{ id: '0370ce6f-95bb-4518-98cb-d6ba039665ef', name: 'Fabrikam', domain: 'fabrikam.example' },
    ...{ consent: 'blocked', administrator: 'kim' },
  },
  northwind: {
    ...{ id: '6ff35407-1efa-477a-a11f-d2e14fee2a97', name: 'Northwind Resellers', domain: 'northwind.example' },
    ...{ consent: 'read_write_blocked', administrator: 'rita' },
  },
  fred: {
    ...{ id: '2ca7fade-af1d-46e4-8011-fd172ec7ccf8', name: 'Fred Free Studio', domain: 'fredfree.example' },
    ...{ consent: 'allowed', administrator: 'fred' },
  },
  consumers: {
    ...{ id: consumerTenantId, name: 'Personal accounts', domain: 'mailbox.example' },
    ...{ consent: 'allowed', administrator: null },
  },
} as const satisfies Record<string, Tenant>

/** A person of the cast: the account, and who that is, for the local pages. */
export interface CastMember extends Person {
  key: string
  name: string
  mail: string
  about: { en: string; fr: string }
}

const at = (tenant: Tenant, objectId: string, name: string, local: string) =>
  ({
    tenantId: tenant.id,
    objectId,
    name,
    upn: `${local}@${tenant.domain}`,
    mail: `${local}@${tenant.domain}`,
    kind: 'member',
    edov: true,
  }) as const
const signedInBy = (tenant: Tenant) => `https://sts.windows.net/${tenant.id}/`
const { contoso, fabrikam, northwind, fred, consumers } = tenants

const people = {
  olivia: {
    ...at(contoso, '8e5024d6-1638-491e-a660-21f300fe7848', 'Olivia Owner', 'olivia'),
    about: { en: 'Owns the subscription of Contoso.', fr: "Propriétaire de l'abonnement de Contoso." },
  },
  amir: {
    ...at(contoso, '82f68dbc-b952-4972-9fa0-75b97806abc7', 'Amir Azad', 'amir'),
    edov: 1,
    about: { en: 'Colleague at Contoso.', fr: 'Collègue chez Contoso.' },
  },
  bea: {
    ...at(contoso, '6d45308b-44b0-492c-92c2-d2dbbdd371d0', 'Bea Blanc', 'bea'),
    edov: '1',
    about: { en: 'Colleague at Contoso.', fr: 'Collègue chez Contoso.' },
  },
  carla: {
    ...at(contoso, 'd1f6d486-dbd8-4e9f-9167-33ed5a8cc94f', 'Carla Costa', 'carla'),
    edov: 'true',
    about: { en: 'Colleague at Contoso.', fr: 'Collègue chez Contoso.' },
  },
  lee: {
    ...at(contoso, '4184984f-fc7c-4bd7-83be-3cf5600e7fb0', 'Kim Lee', 'kim.lee'),
    upn: 'k.lee@contoso.example',
    about: {
      en: 'Signs in as k.lee@contoso.example, gets mail as kim.lee@contoso.example.',
      fr: 'Se connecte avec k.lee@contoso.example, reçoit son courrier à kim.lee@contoso.example.',
    },
  },
  kimOld: {
    ...at(contoso, '2f4b523a-a809-4c72-a5d7-a043ab467566', 'Kim Adler', 'kim'),
    about: {
      en: 'Left Contoso; the address kim@contoso.example was given away afterwards.',
      fr: "A quitté Contoso ; l'adresse kim@contoso.example a été réattribuée ensuite.",
    },
  },
  kimNew: {
    ...at(contoso, '93ad4d32-f790-4098-b2dd-758990501235', 'Kim Novak', 'kim'),
    about: {
      en: 'New at Contoso, with the address that Kim Adler had: another account.',
      fr: "Vient d'arriver chez Contoso, avec l'ancienne adresse de Kim Adler : un autre compte.",
    },
  },
  kim: {
    ...at(fabrikam, 'daf763a7-854d-49df-9bcc-93354c5b3f22', 'Kim Fabre', 'kim'),
    about: { en: 'Owns the subscription of Fabrikam.', fr: "Propriétaire de l'abonnement de Fabrikam." },
  },
  kimGuest: {
    ...at(contoso, 'cb8c9475-884c-4c29-bdc8-afb604552a7a', 'Kim Fabre', 'kim'),
    upn: 'kim_fabrikam.example#EXT#@contoso.example',
    mail: 'kim@fabrikam.example',
    kind: 'guest',
    idp: signedInBy(fabrikam),
    about: { en: 'Kim of Fabrikam, as a guest in Contoso.', fr: 'Kim de Fabrikam, comme invitée chez Contoso.' },
  },
  otto: {
    ...at(contoso, '2721fbaf-ee96-4c84-b902-a305527464cc', 'Otto Outside', 'otto'),
    upn: 'otto_fabrikam.example#EXT#@contoso.example',
    kind: 'outside_member',
    idp: signedInBy(fabrikam),
    about: {
      en: 'Signs in at Fabrikam; an administrator of Contoso made the account a member.',
      fr: 'Se connecte chez Fabrikam ; un administrateur de Contoso en a fait un membre.',
    },
  },
  rita: {
    ...at(northwind, '54572b20-9642-4af3-b3fc-6152619e6465', 'Rita Reseller', 'rita'),
    about: { en: 'Buys for clients at Northwind.', fr: 'Achète pour ses clients chez Northwind.' },
  },
  fred: {
    ...at(fred, 'f10f59a8-585c-4f98-a748-58b53c4a0ba7', 'Fred Free', 'fred'),
    about: { en: 'Uses the free version.', fr: 'Utilise la version gratuite.' },
  },
  pat: {
    ...at(consumers, '00000000-0000-0000-4f27-b4a4143e4e9c', 'Pat Personal', 'pat'),
    kind: 'personal',
    about: { en: 'Has a personal Microsoft account.', fr: 'Utilise un compte Microsoft personnel.' },
  },
} as const satisfies Record<string, Omit<CastMember, 'key'>>

/** The name by which tests and pages call a person of the cast. */
export type CastKey = keyof typeof people

/** Everybody one can be on this machine, by key. */
export const cast = Object.fromEntries(Object.entries(people).map(([key, person]) => [key, { key, ...person }])) as {
  [Key in CastKey]: CastMember & { key: Key }
}

/** Everybody, in the order the pages show them. */
export const everybody: CastMember[] = Object.values(cast)

/** The person of the cast with this key, or undefined. */
export const castMember = (key: string): CastMember | undefined => everybody.find((person) => person.key === key)

/** The tenant of the cast with this id, or undefined. */
export const tenantOf = (id: string): Tenant | undefined => Object.values(tenants).find((tenant) => tenant.id === id)
