import { isBlank } from './field.ts'

/** Whether whoever opens a mail sees nothing in it: no word and no picture. For our own clean HTML, without a footer. */
export const showsNothing = (html: string): boolean =>
  !/<img\b/.test(html) &&
  isBlank(
    html
      .replace(/^.*?<body[^>]*>/s, '')
      .replace(/<[^>]*>/g, '')
      .replaceAll('&nbsp;', ' ')
      .replace(/\p{Cf}/gu, ''),
  )
