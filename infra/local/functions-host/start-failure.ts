/** Why the host does not start, in a sentence for whoever starts it. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
}

/** Something that Azure Functions know and this host does not: named, so that a gap is seen and never guessed around. */
export const unsupported = (where: string, what: string) =>
  new StartFailure(`${where}: the local Functions host does not support ${what}`)
