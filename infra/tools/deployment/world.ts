import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Service, settingsOf } from '../../../shared/config.ts'
import names from '../../../shared/names.json' with { type: 'json' }
import type { Output, Resource, Template } from '../bicep-compiler.ts'
import { type Given, given } from './given.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** A function as its service registers it. */
export interface Registered {
  name: string
  /** The queue that wakes it, when one does. */
  queue?: string
  sessions?: boolean
}

/** Everything that a check compares: what would be deployed, and what code and runbook say about it. */
export interface World {
  given: Given
  resources: Resource[]
  /** Of the template and of its modules. */
  outputs: (Output & { name: string })[]
  /** Names of parameters that are secret. */
  secrets: string[]
  /** The services that there is code of, and the functions of each. */
  code: Record<string, Registered[]>
  /** The headings of the runbook, as links name them. */
  runbook: string[]
  /** Those of them that are about an alert. */
  alertPages: string[]
}

/** What would be deployed with some parameters. */
export function worldOf(which: Given, template: Template, resources: Resource[]): World {
  const runbook = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
  return {
    given: which,
    resources,
    outputs: outputsOf(template),
    secrets: Object.entries(template.parameters).flatMap(([name, { type }]) => (/^secure/i.test(type) ? [name] : [])),
    code: registered(),
    runbook: headings(runbook),
    alertPages: headings(runbook.split(/^## Alerts$/m)[1]?.split(/^## /m)[0] ?? ''),
  }
}

/** All resources of a type. */
export const all = ({ resources }: World, type: string): Resource[] =>
  resources.filter((one) => one.type.toLowerCase() === type.toLowerCase())

/** The last part of a path. */
export const last = (path: string): string => path.split('/').at(-1) ?? ''

/** The service that a Function App, a plan or an identity belongs to: the last part of its name. */
export const serviceOf = ({ name }: Resource): Service => name.replace(/^smm-\w+-\w{6}-/, '') as Service

/** The services, as `config.ts` knows them. */
export const services = Object.keys(settingsOf) as Service[]

/** The settings of a Function App. */
export const settingsGiven = ({ properties }: Resource): Record<string, string> =>
  Object.fromEntries(
    properties.siteConfig.appSettings.map(({ name, value }: { name: string; value: string }) => [name, value]),
  )

/** What code and Bicep both read; and the parameters with which a deployment is looked at. */
export { given, names }

/** The headings of a page, as links name them. */
export const headings = (page: string): string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )

/** Outputs wherever they stand: a module is a template within the template. */
function outputsOf(part: unknown): World['outputs'] {
  if (typeof part !== 'object' || part === null) return []
  const { outputs, ...others } = part as { outputs?: Record<string, Output> }
  const own = outputs && typeof outputs === 'object' ? Object.entries(outputs) : []
  return [
    ...own.flatMap(([name, output]) => (output?.type === undefined ? [] : [{ name, ...output }])),
    ...Object.values(others).flatMap(outputsOf),
  ]
}

function registered(): World['code'] {
  const files = globSync('functions/*/index.ts', { cwd: root })
  return Object.fromEntries(
    files.map((file) => [basename(dirname(file)), functionsIn(readFileSync(join(root, file), 'utf8'))]),
  )
}

/** The functions that an `index.ts` registers. */
export function functionsIn(source: string): Registered[] {
  const queues = Object.fromEntries(
    [...source.matchAll(/app\.serviceBusQueue\(\s*'([^']+)', \{([\s\S]*?)handler:/g)].map(([, name = '', options]) => [
      name,
      {
        queue: /queueName: '([^']+)'/.exec(options ?? '')?.[1] ?? '',
        sessions: /isSessionsEnabled: true/.test(options ?? ''),
      },
    ]),
  )
  const found = source.matchAll(/app\.(?:get|post|put|patch|deleteRequest|http|timer|serviceBusQueue)\(\s*'([^']+)'/g)
  return [...found].map(([, name = '']) => ({ name, ...queues[name] }))
}
