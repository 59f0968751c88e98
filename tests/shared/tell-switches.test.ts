import { tellSwitches } from '@securemailmerge/shared/tell-switches'
import { expect, it } from 'vitest'
import { noon } from '../builders.ts'

it('tells how each switch stands in a line of its own, and nothing of one that cannot be read', async () => {
  const lines: unknown[] = []
  const keep = (line: string) => void lines.push(JSON.parse(line))
  const since = noon.toISOString()
  const switches = async () => [
    { name: 'sending', on: true, since },
    { name: 'read_only', on: null, since: null },
    { name: 'restored', on: false, since: null },
  ]
  await tellSwitches('merge-send-queue', switches)({}, { info: keep, warn: keep, error: keep })
  const said = { event: 'switch_stands', service: 'merge-send-queue', version: 'dev' }
  expect(lines).toEqual([
    { ...said, switch: 'sending', on: true, since },
    { ...said, switch: 'restored', on: false, since: null },
  ])
})
