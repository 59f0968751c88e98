/** What the stand-in says instead of an answer: a status, a short code, and a sentence that names what is wrong. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, sentence: string) {
    super(sentence)
    this.name = 'Refused'
    this.status = status
    this.code = code
  }
}

/** For everything real Entra does and this stand-in does not: so that a gap is seen, and never guessed around. */
export const unsupported = (what: string): Refused =>
  new Refused(501, 'unsupported', `The identity stand-in does not support ${what}.`)
