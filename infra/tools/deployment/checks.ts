import type { Check } from './check.ts'
import { alertsChecks } from './check-alerts.ts'
import { byHandChecks } from './check-by-hand.ts'
import { edgeChecks } from './check-edge.ts'
import { firewallChecks } from './check-firewall.ts'
import { linksChecks } from './check-links.ts'
import { namesChecks } from './check-names.ts'
import { rightsChecks } from './check-rights.ts'
import { servicesChecks } from './check-services.ts'
import { settingsChecks } from './check-settings.ts'
import { storesChecks } from './check-stores.ts'
import { watchingChecks } from './check-watching.ts'
import type { World } from './world.ts'

/** Everything that must hold of what would be deployed. */
export const checks: Check[] = [
  ...rightsChecks,
  ...settingsChecks,
  ...namesChecks,
  ...servicesChecks,
  ...edgeChecks,
  ...firewallChecks,
  ...storesChecks,
  ...alertsChecks,
  ...byHandChecks,
  ...watchingChecks,
  ...linksChecks,
]

/** All that is wrong in any of these, each once, as `check: what`. */
export function findings(worlds: World[], from: Check[] = checks): string[] {
  const found = worlds.flatMap((world) =>
    from.flatMap((check) => findingsOf(check, world).map((what) => `${check.name}: ${what}`)),
  )
  return [...new Set(found)]
}

/** What one check finds. A resource that is too broken to be looked at is a finding too. */
function findingsOf(check: Check, world: World): string[] {
  try {
    return check.find(world)
  } catch (error) {
    return [`cannot be looked at (${(error as Error).message})`]
  }
}
