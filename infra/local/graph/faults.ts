import { createHash } from 'node:crypto'
import { type Deed, type Moment, mix, momentOf } from './deeds.ts'
import { routes } from './routes.ts'

/** What happens to requests that fit. What is left out fits all. */
export interface Fault {
  /** Address of the mailbox whose account asks. */
  mailbox?: string | undefined
  method?: string | undefined
  /** Behind `/v1.0/`, ids as `:id`: `me/messages/:id/send`. */
  path?: string | undefined
  /** How many requests; -1: all. */
  times: number
  do: Deed
}

/** Faults by chance, the same for the same seed and the same requests of a mailbox. */
export interface Chance {
  seed: number
  /** Of how many requests in one, 0 to 1. */
  chance: number
  /** Names of the mix; absent: all of it. */
  among?: string[] | undefined
}

/** A request, as faults see it. */
export interface Asked {
  mailbox: string
  method: string
  path: string
}

/** Faults by request and by seed, and the requests that they hold. */
export class Faults {
  #rules: Fault[] = []
  #chance: Chance | undefined
  #asked = new Map<string, number>()
  readonly #held = new Set<() => void>()
  /** How many of each kind have happened: by name of the mix, or `asked` for one by request. */
  readonly met: Record<string, number> = {}

  /** @throws Error for a path that no request has */
  add(fault: Fault): void {
    const { path } = fault
    if (path !== undefined && !Object.keys(routes).some((name) => name.endsWith(` ${path}`)))
      throw new Error(`no request of the local Graph has the path ${path}`)
    this.#rules.push({ ...fault, mailbox: fault.mailbox?.toLowerCase() })
  }

  /** From now on requests fail by chance; 0 ends it. @throws Error for a name that is none of the mix */
  random(chance: Chance): void {
    const unknown = chance.among?.find((name) => !Object.hasOwn(mix, name))
    if (unknown !== undefined) throw new Error(`the mix has no ${unknown}`)
    this.#chance = chance.chance > 0 ? chance : undefined
    this.#asked = new Map()
  }

  /** No faults any more. What is held stays held. */
  clear(): void {
    this.#rules = []
    this.#chance = undefined
  }

  rules = (): Fault[] => this.#rules
  chance = (): Chance | undefined => this.#chance

  /** How many requests are held now. */
  get held(): number {
    return this.#held.size
  }

  /** Lets all that are held go on. */
  release(): void {
    for (const go of this.#held) go()
    this.#held.clear()
  }

  /** What is to happen to a request, if anything; a rule is used up by it. */
  meet(asked: Asked): Deed | undefined {
    const rule = this.#rules.find(
      ({ mailbox = asked.mailbox, method = asked.method, path = asked.path, times }) =>
        times !== 0 && mailbox === asked.mailbox && method === asked.method && path === asked.path,
    )
    if (!rule) return this.#byChance(asked)
    if (rule.times > 0) rule.times -= 1
    this.#rules = this.#rules.filter(({ times }) => times !== 0)
    this.#note('asked')
    return rule.do
  }

  /** Waits, when the deed is to wait at this moment. The answer is `gone` when the client has left a held request. */
  async wait(deed: Deed | undefined, moment: Moment, left: AbortSignal): Promise<'go' | 'gone'> {
    if (deed === undefined || momentOf(deed) !== moment) return 'go'
    if ('delayMs' in deed) await new Promise((resolve) => setTimeout(resolve, deed.delayMs))
    return 'hold' in deed ? this.#hold(left) : 'go'
  }

  #byChance({ mailbox, method, path }: Asked): Deed | undefined {
    if (!this.#chance) return undefined
    const { seed, chance, among = Object.keys(mix) } = this.#chance
    // Counted for each mailbox and path, so that the order among mailboxes changes nothing.
    const key = `${mailbox} ${method} ${path}`
    const time = (this.#asked.get(key) ?? 0) + 1
    this.#asked.set(key, time)
    const draw = createHash('sha256').update(`${seed} ${key} ${time}`).digest()
    if (draw.readUInt32BE(0) / 2 ** 32 >= chance) return undefined
    const name = among[draw.readUInt32BE(4) % among.length] as string
    this.#note(name)
    return mix[name]
  }

  #note(name: string): void {
    this.met[name] = (this.met[name] ?? 0) + 1
  }

  #hold(left: AbortSignal): Promise<'go' | 'gone'> {
    return new Promise((resolve) => {
      const go = () => resolve('go')
      this.#held.add(go)
      left.addEventListener('abort', () => {
        this.#held.delete(go)
        resolve('gone')
      })
    })
  }
}
