import { StartFailure } from './start-failure.ts'

/** The settings of the process, by name. */
export type Settings = Readonly<Record<string, string | undefined>>

/** Puts the value of a setting in place of each `%NAME%`. @throws StartFailure when there is none */
export const expand = (text: string, settings: Settings, where: string): string =>
  text.replace(/%([^%\s]+)%/g, (_, name: string) => needed(name, settings, where))

/** The value of a setting. @throws StartFailure when it is missing or empty */
export function needed(name: string, settings: Settings, where: string): string {
  const value = settings[name]
  if (!value) throw new StartFailure(`${where}: setting ${name} is missing`)
  return value
}
