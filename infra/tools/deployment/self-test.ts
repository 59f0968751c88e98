import type { Break } from './break.ts'
import { edgeBreaks } from './breaks-edge.ts'
import { linksBreaks } from './breaks-links.ts'
import { pageBreaks } from './breaks-page.ts'
import { rightsBreaks } from './breaks-rights.ts'
import { servicesBreaks } from './breaks-services.ts'
import { watchingBreaks } from './breaks-watching.ts'
import type { Check } from './check.ts'
import { checks, findings } from './checks.ts'
import type { World } from './world.ts'

/** All ways to break it. */
export const breaks: Break[] = [
  ...rightsBreaks,
  ...servicesBreaks,
  ...edgeBreaks,
  ...pageBreaks,
  ...watchingBreaks,
  ...linksBreaks,
]

/** What became of one break. */
export interface Tried {
  breaks: string
  /** What the check said about it; undefined when it saw nothing. */
  found: string | undefined
}

/** Breaks copies of these, one way at a time, and asks the check that is to see it. */
export function tryBreaks(worlds: World[], ways: Break[] = breaks): Tried[] {
  return ways.map(({ breaks, seen, make }) => {
    const check = checks.filter(({ name }) => name === seen)
    if (check.length !== 1) throw new Error(`There is no check "${seen}".`)
    const before = findings(worlds, check)
    const broken = worlds.flatMap((world) => brokenBy(make, world))
    return { breaks, found: findings(broken, check).find((finding) => !before.includes(finding)) }
  })
}

/** Checks that no break is meant for: nobody knows whether they see anything. */
export const untried = (): Check[] => checks.filter(({ name }) => !breaks.some(({ seen }) => seen === name))

/** A broken copy; none where there is nothing to break. */
function brokenBy(make: Break['make'], world: World): World[] {
  const copy = structuredClone(world)
  try {
    make(copy)
    return [copy]
  } catch {
    return []
  }
}
