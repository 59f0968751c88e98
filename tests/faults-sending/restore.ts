import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pause, until } from './look.ts'
import { again, type Person, seenBy } from './people.ts'
import { lookThrough } from './settle.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

const EPOCH = 'epoch'
/** Real ms. */
const PATIENCE_MS = 30_000

/** The store as it was at an instant. */
export interface Copy {
  folder: string
  epoch: number
}

const epochOf = ({ cosmos }: World): number =>
  Number(cosmos.items('sending', EPOCH).find(({ id }) => id === EPOCH)?.number ?? 0)

/** Copies the whole store. */
export function copyStore(world: World): Copy {
  const folder = `${world.data}-copy`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  cpSync(join(world.data, 'databases'), join(folder, 'databases'), { recursive: true })
  return { folder, epoch: epochOf(world) }
}

/** Whether the copy is so old that it can be told from the store: marks are made once a minute (E8). */
export const isOld = (world: World, copy: Copy): boolean => epochOf(world) >= copy.epoch + 3

/**
 * Puts the copy back while no host runs, as whoever restores an account does; hosts come up and must send nothing until
 * an operator has accepted it. Then senders look into their Sent Items.
 * @returns how many rows the restore has put in doubt, which their senders have settled
 */
export async function restore(world: World, people: Person[], copy: Copy, tally: Tally): Promise<number> {
  tally.atRandom += world.hosts.filter((host) => host.kill()).length
  world.cosmos.faults.clear()
  world.graph.faults.clear()
  world.bus.faults.clear()
  await pause(700)
  await world.reopenStore(() => {
    rmSync(join(world.data, 'databases'), { recursive: true })
    cpSync(join(copy.folder, 'databases'), join(world.data, 'databases'), { recursive: true })
  })
  tally.watchStore(world)
  tally.note('store restored')
  const before = world.graph.delivered.length
  await Promise.all(world.hosts.map((host) => host.start()))
  // Sweeps and ticks come by; nothing may leave.
  await pause(1_500)
  if (world.graph.delivered.length > before)
    throw new Error('Mails have left after a restore that nobody had accepted.')
  await accepted(world)
  let settled = 0
  for (const person of people) {
    const { campaigns } = await seenBy(world, person)
    for (const one of campaigns) settled += await lookThrough(world, person, one)
  }
  return settled
}

/** The operator's command, and its end. */
async function accepted({ services, bus, hosts }: World): Promise<void> {
  await again(() => services.queues.commands.send({ command: 'accept_restore', why: 'restored on purpose' }))
  const commands = bus.queues.get('merge-send-queue-commands')
  const isDone = await until(() => commands?.peek('main', 0, 1).length === 0, PATIENCE_MS)
  if (!isDone) throw new Error(`accept_restore was not obeyed: ${hosts.map(({ lines }) => lines.at(-1))}`)
}
