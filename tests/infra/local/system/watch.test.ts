import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchSources } from '../../../../infra/local/watch.ts'

let folder: string
let watching: { close(): void }
let heard: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smm-watch-'))
  mkdirSync(join(folder, 'deep', 'down'), { recursive: true })
  writeFileSync(join(folder, 'deep', 'down', 'a.ts'), '0')
  heard = []
  watching = watchSources([folder], (file) => heard.push(relative(folder, file)))
})
afterEach(() => {
  watching.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Waits until something was heard, and then for what else may come. */
async function hears(): Promise<string[]> {
  const until = Date.now() + 5_000
  while (heard.length === 0 && Date.now() < until) await delay(10)
  await delay(200)
  return heard.splice(0)
}

/** Writes a file as many editors do: beside it, and then in its place. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}~`, text)
  renameSync(`${path}~`, path)
}

describe('watching the sources', () => {
  it('hears each time that a file is written, replaced or appended to, once for a burst', async () => {
    const file = join(folder, 'deep', 'down', 'a.ts')
    for (const text of ['1', '2', '3']) {
      replace(file, text)
      expect(await hears()).toEqual(['deep/down/a.ts'])
    }
    for (let times = 0; times < 5; times++) appendFileSync(file, 'x')
    expect(await hears()).toEqual(['deep/down/a.ts'])
  })

  it('hears of folders that are made later', async () => {
    mkdirSync(join(folder, 'new'))
    await delay(200)
    writeFileSync(join(folder, 'new', 'b.json'), '{}')
    expect(await hears()).toEqual(['new/b.json'])
    rmSync(join(folder, 'new'), { recursive: true })
    expect(await hears()).toEqual(['new/b.json'])
  })

  it('hears nothing of other files', async () => {
    writeFileSync(join(folder, 'deep', 'notes.md'), 'x')
    writeFileSync(join(folder, 'deep', '.a.ts.swp'), 'x')
    await delay(300)
    expect(heard).toEqual([])
  })
})
