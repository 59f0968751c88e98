import { checkProof, decoded, type ProofClaims, type ProofFault } from './proof.ts'

const KEYS_FRESH_SECONDS = 24 * 3600
const KEYS_KEPT_SECONDS = 7 * 24 * 3600
const PATIENCE_MS = 10_000

/** The answer of `GET /api/licence`. Codes are only ever added: an add-in obeys `footer` and shows `message`. */
export interface Answer {
  footer: boolean
  code: string
  message: string
  address: string | null
  validUntil: string | null
  recheckAfter: number
  proof: string | null
}

/** Whether mails carry the footer now, and how that is known. */
export type Shown =
  | { by: 'server'; footer: boolean; answer: Answer }
  /** Nobody answers. `signIn` says that the token was refused: a new one may help. */
  | { by: 'proof'; footer: false; claims: ProofClaims; signIn: boolean }
  | { by: 'nothing'; footer: true; fault: ProofFault | 'no_proof'; signIn: boolean }

/** Who is signed in now: `tenant id.object id`, and an access token of the Licensing API. */
export interface SignedIn {
  account: string
  token: string
}

/** What the client runs on. `storage` is local storage: never the mailbox settings, which delegates can read. */
export interface AddInParts {
  /** Public address of the services; no slash at the end. */
  origin: string
  storage: { getItem(key: string): string | null; setItem(key: string, value: string): void }
  fetch?: (url: string, init?: RequestInit) => Promise<Response>
  now?: () => Date
}

/** What is remembered of one account: the last proof, and the second before which no proof counts any more. */
interface Memory {
  proof: string | null
  notBefore: number
}
interface Keys {
  keys: Record<string, unknown>[]
  at: number
}

/** The part of an add-in that knows about licences: asks, remembers the proof, and believes it when nobody answers. */
export class AddIn {
  readonly #origin: string
  readonly #storage: AddInParts['storage']
  readonly #fetch: NonNullable<AddInParts['fetch']>
  readonly #now: () => Date

  constructor({ origin, storage, fetch = (url, init) => globalThis.fetch(url, init), now }: AddInParts) {
    this.#origin = origin
    this.#storage = storage
    this.#fetch = fetch
    this.#now = now ?? (() => new Date())
  }

  /** Asks for the licence of whoever is signed in, as at each opening. Never throws: without an answer see `believe`. */
  async ask({ account, token }: SignedIn, language: string): Promise<Shown> {
    const { proof } = this.#memory(account)
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, 'Accept-Language': language }
    if (proof) headers['Licence-Proof'] = proof
    const response = await this.#get('/api/licence', headers)
    const answer = response?.status === 200 ? answerIn(await response.json().catch(() => undefined)) : undefined
    if (!answer) return this.believe(account, response?.status === 401)
    await this.#remember(account, answer)
    return { by: 'server', footer: answer.footer, answer }
  }

  /** What to do without the server: the last proof counts, for this account and until its end; nothing else does. */
  async believe(account: string, signIn = false): Promise<Shown> {
    const { proof, notBefore } = this.#memory(account)
    const time = this.#time()
    if (proof === null) return { by: 'nothing', footer: true, fault: 'no_proof', signIn }
    const { keys, at } = this.#keys()
    // A withdrawn key is trusted for as long as its set is kept, so that is not for ever (F27).
    const known = time - at <= KEYS_KEPT_SECONDS ? keys : []
    const checked = await checkProof(proof, { account, issuer: this.#origin, keys: known, time, notBefore })
    if (typeof checked === 'string') return { by: 'nothing', footer: true, fault: checked, signIn }
    if (checked.footer !== false) return { by: 'nothing', footer: true, fault: 'no_proof', signIn }
    return { by: 'proof', footer: false, claims: checked, signIn }
  }

  /** The last proof of an account, as calls send it along; null when the last answer was none. */
  proof = (account: string): string | null => this.#memory(account).proof

  /** A "no" removes an earlier "yes" and everything made before it; a "yes" everything made before its proof. */
  async #remember(account: string, { footer, proof }: Answer): Promise<void> {
    const made = footer || proof === null ? undefined : decoded(proof.split('.')[1] ?? '')?.iat
    const isProof = typeof made === 'number'
    const time = this.#time(isProof ? made : 0)
    const memory: Memory = isProof ? { proof, notBefore: made } : { proof: null, notBefore: time }
    this.#write(`licence ${account}`, memory)
    if (memory.proof !== null) await this.#refreshKeys(memory.proof, time)
  }

  async #refreshKeys(proof: string, time: number): Promise<void> {
    const { keys, at } = this.#keys()
    const kid = decoded(proof.split('.')[0] ?? '')?.kid
    if (time - at < KEYS_FRESH_SECONDS && keys.some((key) => key.kid === kid)) return
    const response = await this.#get('/.well-known/jwks.json', {})
    if (response?.status !== 200) return
    const set = (await response.json().catch(() => undefined)) as Partial<Keys> | undefined
    if (Array.isArray(set?.keys)) this.#write('licence keys', { keys: set.keys, at: time } satisfies Keys)
  }

  /** Seconds since 1970: the larger of the clock and the highest time ever seen, so that setting it back wins nothing. */
  #time(seen = 0): number {
    const clock = Math.floor(this.#now().getTime() / 1000)
    const time = Math.max(clock, seen, this.#read<number>('licence time') ?? 0)
    this.#write('licence time', time)
    return time
  }

  #memory(account: string): Memory {
    return this.#read<Memory>(`licence ${account}`) ?? { proof: null, notBefore: 0 }
  }

  #keys(): Keys {
    return this.#read<Keys>('licence keys') ?? { keys: [], at: 0 }
  }

  #read<T>(key: string): T | null {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? 'null') as T | null
    } catch {
      return null
    }
  }

  #write(key: string, value: unknown): void {
    this.#storage.setItem(key, JSON.stringify(value))
  }

  async #get(path: string, headers: Record<string, string>): Promise<Response | undefined> {
    try {
      return await this.#fetch(this.#origin + path, {
        headers,
        cache: 'no-store',
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
    } catch {
      return undefined
    }
  }
}

function answerIn(value: unknown): Answer | undefined {
  const answer = value as Answer | null | undefined
  return typeof answer?.footer === 'boolean' && typeof answer.code === 'string' ? answer : undefined
}
