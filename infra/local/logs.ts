/** One line that a service logged, parsed: an event and its fields. */
export interface LogLine {
  event: string
  [field: string]: unknown
}

const kept = 10_000

/** What the processes of a system write: printed, and the services' log lines kept so that one can wait for them. */
export class Logs {
  readonly #quiet: boolean
  readonly #lines: LogLine[] = []
  readonly #waiting = new Set<(line: LogLine) => void>()

  constructor(quiet: boolean) {
    this.#quiet = quiet
  }

  /** Takes the lines of one process. */
  of(name: string): (line: string) => void {
    return (text) => {
      if (!this.#quiet) console.error(`${name} | ${text}`)
      const line = parsed(text)
      if (line) this.#take(line)
    }
  }

  /** The first line that fits, also one of the past (the newest 10,000 are kept). @throws Error after `ms` */
  wait(fits: (line: LogLine) => boolean, ms: number): Promise<LogLine> {
    const known = this.#lines.find(fits)
    if (known) return Promise.resolve(known)
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(impatient)
        this.#waiting.delete(look)
      }
      const look = (line: LogLine) => {
        if (!fits(line)) return
        end()
        resolve(line)
      }
      const impatient = setTimeout(() => {
        end()
        reject(new Error(`no such line was logged in ${ms} ms`))
      }, ms)
      this.#waiting.add(look)
    })
  }

  #take(line: LogLine): void {
    this.#lines.push(line)
    if (this.#lines.length > kept) this.#lines.shift()
    for (const look of [...this.#waiting]) look(line)
  }
}

function parsed(text: string): LogLine | undefined {
  if (!text.startsWith('{"event":')) return undefined
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return undefined
  }
}
