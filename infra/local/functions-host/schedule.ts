import { Cron } from 'croner'
import { StartFailure } from './start-failure.ts'

/** The first occurrence after an instant; undefined when there is none any more. */
export type Schedule = (after: Date) => Date | undefined

const interval = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/
// What the real host's parser takes of cron: no L, W, #, ? and no names like @daily.
const value = '(\\d+|[a-z]{3})'
const item = `(\\*|${value}(-${value})?)(/\\d+)?`
const cron = new RegExp(`^(${item}(,${item})*(\\s+|$)){6}$`, 'i')

/** Reads `hh:mm:ss` or an NCRONTAB expression of six fields, in UTC. @throws StartFailure when it is neither */
export function scheduleOf(text: string, where: string): Schedule {
  const [, hours, minutes, seconds] = interval.exec(text) ?? []
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  if (ms > 0) return (after) => new Date(after.getTime() + ms)
  const pattern = cron.test(text.trim()) ? cronOf(text.trim()) : undefined
  if (!pattern)
    throw new StartFailure(`${where}: "${text}" is neither hh:mm:ss nor an NCRONTAB expression of six fields`)
  return (after) => pattern.nextRun(after) ?? undefined
}

/** NCRONTAB wants day and weekday both to fit, and takes `5/10` for `5-59/10`. */
function cronOf(text: string): Cron | undefined {
  try {
    return new Cron(text, { mode: '6-part', utcOffset: 0, domAndDow: true, sloppyRanges: true })
  } catch {
    return undefined
  }
}
