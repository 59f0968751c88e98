import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mutants } from '../../faults-sending/mutants.ts'

const root = join(import.meta.dirname, '..', '..', '..')

describe('mistakes that `npm run mutants` makes', () => {
  it.each(mutants)('$name: where it is made stands once in the code', ({ file, from, to }) => {
    expect(readFileSync(join(root, file), 'utf8').split(from)).toHaveLength(2)
    expect(to).not.toBe(from)
  })
})
