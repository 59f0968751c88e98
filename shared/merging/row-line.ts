import { domainOf, TypedAddress } from '../licensing/address.ts'
import type { Addressee } from './mail.ts'
import type { Row } from './row.ts'
import { inOneLine } from './template/escape.ts'
import { fieldKey } from './template/field.ts'

/** Why a line of a list is no row. A code never changes its meaning. */
export type RowFault =
  | 'not_utf8'
  | 'not_json'
  | 'not_a_row'
  /** A member that no row has; it may be meant for something that would then not happen. */
  | 'member_unknown'
  | 'row_number_invalid'
  | 'row_number_twice'
  | 'address_missing'
  | 'address_invalid'
  | 'address_too_long'
  | 'name_too_long'
  | 'too_many_addresses'
  | 'fields_invalid'
  | 'value_not_text'
  /** Two columns that a template cannot tell apart. */
  | 'column_twice'
  | 'too_many_columns'
  | 'too_long'

/** A line that is no row: which one, counted from 1, why, and the member or column it is about. */
export interface BadRow {
  line: number
  /** The number that it gives itself, where that can be read. */
  row: number | null
  code: RowFault
  about: string | null
  /** What stands where its address should be, where that is a text. */
  to: string | null
}

/** What a row may have: rows of a list, columns, addresses of a mail (product reference 4.1), characters of a name. */
export const ROW_LIMITS = { rows: 100_000, columns: 200, addresses: 500, nameCharacters: 256, columnCharacters: 255 }

/** Reads lines of one list, one after the other; what it has learnt of the names of columns it keeps. */
export class LineReader {
  #keys = new Map<string, string>()
  #numbers = new Set<number>()

  /** The row of a line of JSON, or what is wrong with it. */
  read(line: number, json: string): Row | BadRow {
    const value = parsed(json)
    const row = isObject(value) && isNumber(value.row) ? value.row : null
    try {
      if (value === undefined) throw new Fault('not_json')
      return this.#row(value)
    } catch (error) {
      if (error instanceof Fault) return { line, row, code: error.code, about: error.about, to: typedIn(value) }
      throw error
    }
  }

  #row(value: unknown): Row {
    if (!isObject(value)) throw new Fault('not_a_row')
    const stranger = Object.keys(value).find((name) => !members.includes(name))
    if (stranger !== undefined) throw new Fault('member_unknown', stranger.slice(0, 50))
    if (!isNumber(value.row)) throw new Fault('row_number_invalid', 'row')
    if (this.#numbers.has(value.row)) throw new Fault('row_number_twice', 'row')
    const to = addressee(value.to, 'to')
    const [cc, bcc] = [addressees(value.cc, 'cc'), addressees(value.bcc, 'bcc')]
    if (1 + cc.length + bcc.length > ROW_LIMITS.addresses) throw new Fault('too_many_addresses')
    const fields = this.#fields(value.fields)
    this.#numbers.add(value.row)
    return { row: value.row, to, cc, bcc, fields }
  }

  #fields(value: unknown): Row['fields'] {
    if (!isObject(value)) throw new Fault('fields_invalid', 'fields')
    const entries = Object.entries(value)
    if (entries.length > ROW_LIMITS.columns) throw new Fault('too_many_columns', 'fields')
    const keys = new Set<string>()
    const texts = entries.map(([name, one]): [string, string] => {
      if (name.length > ROW_LIMITS.columnCharacters) throw new Fault('fields_invalid', name.slice(0, 50))
      if (one !== null && typeof one !== 'string') throw new Fault('value_not_text', name)
      if (keys.size === keys.add(this.#keyOf(name)).size) throw new Fault('column_twice', name)
      return [name.toWellFormed(), (one ?? '').toWellFormed()]
    })
    return Object.fromEntries(texts)
  }

  #keyOf(name: string): string {
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    // A list has the same columns in each row.
    if (this.#keys.size === MOST_KEYS) throw new Fault('too_many_columns', 'fields')
    const key = fieldKey(name)
    this.#keys.set(name, key)
    return key
  }
}

/** Columns of all rows of a list together. */
const MOST_KEYS = 1000
const members = ['row', 'to', 'cc', 'bcc', 'fields']

class Fault extends Error {
  readonly code: RowFault
  readonly about: string | null
  constructor(code: RowFault, about: string | null = null) {
    super(code)
    this.code = code
    this.about = about
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= HIGHEST_ROW
/** Characters of an address that mail servers carry. */
const MOST_ADDRESS = 254
/** Characters of what is no address that are kept. */
const MOST_TYPED = 320
/** More than any spreadsheet has. */
const HIGHEST_ROW = 100_000_000

/** What a text of JSON says; undefined when it is none. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** As it was typed, so that its sender finds it again. */
function typedIn(value: unknown): string | null {
  const to = isObject(value) ? value.to : null
  const typed = isObject(to) ? to.address : to
  return typeof typed === 'string' && typed.trim() !== '' ? typed.slice(0, MOST_TYPED).toWellFormed() : null
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

function addressees(value: unknown, about: string): Addressee[] {
  const all = (Array.isArray(value) ? value : [value]).filter((one) => !isNothing(one))
  if (all.length > ROW_LIMITS.addresses) throw new Fault('too_many_addresses', about)
  return all.map((one) => addressee(one, about))
}

function addressee(value: unknown, about: string): Addressee {
  if (isNothing(value)) throw new Fault('address_missing', about)
  if (typeof value === 'string') return { address: addressOf(value, about), name: named(beforeAddress(value), about) }
  if (!isObject(value) || Object.keys(value).some((name) => name !== 'address' && name !== 'name')) {
    throw new Fault('address_invalid', about)
  }
  const { address, name = null } = value
  if (isNothing(address)) throw new Fault('address_missing', about)
  if (typeof address !== 'string' || (name !== null && typeof name !== 'string'))
    throw new Fault('address_invalid', about)
  return { address: addressOf(address, about), name: named(name, about) }
}

/** As it was typed, but for what makes a difference to no server: the form of its accents and of its domain. */
function addressOf(typed: string, about: string): string {
  const read = TypedAddress.safeParse(typed)
  if (read.success) {
    const local = read.data.typed.slice(0, read.data.typed.lastIndexOf('@'))
    return `${local.normalize('NFC')}@${domainOf(read.data.address)}`
  }
  const isLong = read.error.issues.some(({ code, message }) => code === 'too_big' || message === 'too_long')
  if (!isLong && typed.trim().length > MOST_ADDRESS && !typed.includes('<')) throw new Fault('address_too_long', about)
  throw new Fault(isLong ? 'address_too_long' : 'address_invalid', about)
}

/** The name of `Name <address>`, without the quotes that mail headers need and we do not. */
function beforeAddress(typed: string): string | null {
  const [, before = ''] = /^([^<>]*)<[^<>]*>$/.exec(typed.trim()) ?? []
  const quoted = /^"(.*)"$/su.exec(before.trim())?.[1]
  return quoted === undefined ? before : quoted.replace(/\\(.)/gsu, '$1')
}

function named(name: string | null, about: string): string | null {
  const text = inOneLine(name ?? '').trim()
  if (text.length > ROW_LIMITS.nameCharacters) throw new Fault('name_too_long', about)
  return text === '' ? null : text
}
