/** What is wrong with a template. A code never changes its meaning; codes are only ever added. */
export type TemplateFault =
  /** The subject or the body is longer than any mail. */
  | 'too_long'
  /** Elements inside one another, or in number, beyond what anybody writes. */
  | 'too_deep'
  | 'too_many_elements'
  | 'too_many_fields'
  | 'braces_not_closed'
  | 'braces_not_opened'
  | 'name_missing'
  | 'name_invalid'
  /** Fields where a value could become code, or would not be seen. */
  | 'field_in_script'
  | 'field_in_style'
  | 'field_in_comment'
  | 'field_in_handler'
  | 'field_in_attribute'
  | 'field_in_element'
  /** A link around a field, or its fallback, that is not http, https or mailto. */
  | 'link_not_allowed'
  /** What is left after cleaning cannot be read the same way twice, or hides what has to be seen. */
  | 'not_cleanable'
  | 'footer_hidden'

/** One fault and its place: what it is told by is the template's own text. Lines and columns count from 1. */
export interface TemplateProblem {
  code: TemplateFault
  part: 'subject' | 'body'
  line: number
  column: number
  near: string
}

/** More than anybody wants to read at once. */
export const MOST_PROBLEMS = 20

const NEAR_CHARACTERS = 60

/** The piece of a text that shows where a fault is. */
export const nearby = (text: string, at = 0): string =>
  text
    .slice(at, at + NEAR_CHARACTERS)
    .replace(/\s+/g, ' ')
    .trim()

/** Why a row cannot be rendered; the others can. */
export interface RowProblem {
  code: 'field_empty' | 'link_not_allowed' | 'too_long'
  /** The field it is about, as the template names it; null when it is about the whole mail. */
  field: string | null
}
