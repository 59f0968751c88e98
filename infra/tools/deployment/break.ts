import type { Resource } from '../bicep-compiler.ts'
import { all, serviceOf, type World } from './world.ts'

/** A way to break a deployment, and the check that is to see it. */
export interface Break {
  /** What is then wrong, in words. */
  breaks: string
  /** Name of the check. */
  seen: string
  /** Does it, in a copy. */
  make: (world: World) => void
}

/** The resource of a type whose name ends so. @throws Error when there is none: nothing would be broken then */
export function the(world: World, type: string, end = ''): Resource {
  const found = all(world, type).find(({ name }) => name.endsWith(end))
  if (!found) throw new Error(`there is no ${type} ${end}`)
  return found
}

/** The Function App of a service. */
export function app(world: World, service: string): Resource {
  const found = all(world, 'Microsoft.Web/sites').find((site) => serviceOf(site) === service)
  if (!found) throw new Error(`there is no app ${service}`)
  return found
}

/** Takes a resource away. */
export function remove(world: World, gone: Resource): void {
  world.resources = world.resources.filter((one) => one !== gone)
}

/** Adds a copy of a resource, changed. */
export function add(world: World, like: Resource, change: (copy: Resource) => void): void {
  const copy = structuredClone(like)
  change(copy)
  world.resources.push(copy)
}

/** Sets a setting of an app; undefined takes it away. */
export function set(world: World, service: string, name: string, value: string | undefined): void {
  const config = app(world, service).properties.siteConfig
  const others = config.appSettings.filter((one: { name: string }) => one.name !== name)
  if (value === undefined && others.length === config.appSettings.length) throw new Error(`${service} has no ${name}`)
  config.appSettings = value === undefined ? others : [...others, { name, value }]
}
