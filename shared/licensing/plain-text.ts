import * as z from 'zod'

// They reach pages, mails and messages: no control, direction or line characters, no half ones, nothing that a mail client
// makes a link (F11).
const unfit = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|:\/\/|www\.|[\p{L}\p{N}]\.(\p{L}{2,}|xn--[\p{L}\p{N}-]+)\.?(:\d+)?\//iu

const plainText = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !unfit.test(text), 'not_plain_text')

/** A name that people read, of 1 to 100 characters, blanks around it apart. Never a link, never markup. */
export const PlainName = plainText(100)

/** Whom to ask, in words that people read: 1 to 300 characters, otherwise as a name. */
export const ContactText = plainText(300)
