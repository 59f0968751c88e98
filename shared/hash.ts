import { createHash } from 'node:crypto'

/** base64url SHA-256 of the parts, joined by a character that occurs in none of them: 43 characters. */
export const hash = (...parts: string[]): string =>
  createHash('sha256').update(parts.join('\u0000')).digest('base64url')
