import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const infra = join(import.meta.dirname, '..')

/** What a deployment is given: a file of parameters as the Azure CLI takes it. */
export interface Parameters {
  parameters: Record<string, { value: unknown }>
}

/** The kind of each parameter of a template that is not a text. */
const kindsOf = (template: string): Record<string, string> =>
  Object.fromEntries(
    [...template.matchAll(/^param (\w+) (int|bool)\b/gm)].map(([, name = '', kind = '']) => [name, kind]),
  )

function typed(text: string, kind: string | undefined): unknown {
  if (kind === 'int' && /^\d+$/.test(text)) return Number(text)
  if (kind === 'bool' && /^(true|false)$/.test(text)) return text === 'true'
  return kind ? undefined : text
}

/**
 * Fills `infra/main.parameters.json` in as `azd` does, for a deployment without it: `${NAME}` and `${NAME=otherwise}` become
 * what the environment says. Empty is not said. Secrets are left as they are: what is given here, many may read.
 * @param file the parameters, each with a name in the place of its value
 * @param template `infra/main.bicep`, which says what is a number and what is a secret
 * @throws Error that names all that is not given, given as something else, or a secret; never a value
 */
export function filledIn(
  file: Parameters,
  template: string,
  environment: Record<string, string | undefined>,
): Parameters {
  const kinds = kindsOf(template)
  const secrets = [...template.matchAll(/^@secure\(\)\nparam (\w+)/gm)].map(([, name]) => name)
  const wrong: string[] = []
  const parameters = Object.entries(file.parameters).map(([parameter, { value }]) => {
    const [, name = '', , otherwise] = /^\$\{(\w+)(=(.*))?\}$/.exec(String(value)) ?? []
    const text = environment[name] || otherwise
    const said = text === undefined ? undefined : typed(text, kinds[parameter])
    if (said === undefined || (said !== '' && secrets.includes(parameter))) wrong.push(name || parameter)
    return [parameter, { value: said }] as const
  })
  if (wrong.length > 0)
    throw new Error(`The environment does not say, says wrongly or must not say: ${wrong.join(', ')}.`)
  return { ...file, parameters: Object.fromEntries(parameters) }
}

if (process.argv[1] === import.meta.filename) {
  const file = JSON.parse(readFileSync(join(infra, 'main.parameters.json'), 'utf8')) as Parameters
  // The variables of the environment at GitHub, as one text.
  const given = JSON.parse(process.env.VARIABLES ?? '{}') as Record<string, string>
  console.log(JSON.stringify(filledIn(file, readFileSync(join(infra, 'main.bicep'), 'utf8'), given)))
}
