import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import file from '../../../infra/main.parameters.json' with { type: 'json' }
import { filledIn } from '../../../infra/tools/parameters.ts'

const template = readFileSync(join(import.meta.dirname, '..', '..', '..', 'infra', 'main.bicep'), 'utf8')
const names = Object.values(file.parameters).map(({ value }) => /^\$\{(\w+)/.exec(value)?.[1] ?? '')
const required = Object.values(file.parameters).flatMap(({ value }) => /^\$\{(\w+)\}$/.exec(value)?.[1] ?? [])
const secrets = ['PROOF_KEY', 'STRIPE_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_PREVIOUS_SECRET', 'GRANT_KEYS']
const given = Object.fromEntries(required.map((name) => [name, `the ${name}`]))
const values = (environment: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(filledIn(file, template, environment).parameters).map(([name, { value }]) => [name, value]),
  )

describe('the parameters of a deployment', () => {
  it('are what the environment says, and of the kind that the template wants', () => {
    const said = {
      ...given,
      MONTHLY_BUDGET: '900',
      ZONE_REDUNDANT: 'true',
      STRIPE_PREVIOUS_UNTIL: '2027-03-01T12:00:00Z',
    }
    expect(values(said)).toMatchObject({
      publicHost: 'the PUBLIC_HOST',
      monthlyBudget: 900,
      zoneRedundant: true,
      privateNetworking: false,
      stripePreviousUntil: '2027-03-01T12:00:00Z',
    })
  })

  it('are what the file says where the environment says nothing, or an empty text', () => {
    const otherwise = { monthlyBudget: 0, proofOtherKeys: '[]', stripePreviousUntil: '', proofKey: '', grantKeys: '' }
    expect(values(given)).toMatchObject(otherwise)
    expect(values({ ...given, MONTHLY_BUDGET: '', PROOF_OTHER_KEYS: '' })).toMatchObject(otherwise)
    expect(JSON.stringify(values(given))).not.toMatch(/\$\{/)
  })

  it('are refused all at once when some are missing', () => {
    expect(required.length).toBeGreaterThan(8)
    for (const name of required) expect(() => filledIn(file, template, {})).toThrow(name)
    expect(() => filledIn(file, template, { ...given, PUBLIC_HOST: '' })).toThrow(/: PUBLIC_HOST\.$/)
  })

  it.each([
    ['MONTHLY_BUDGET', 'a lot'],
    ['PRIVATE_NETWORKING', 'yes'],
  ])('are refused, by name and not by value, when %s is of another kind', (name, value) => {
    expect(() => filledIn(file, template, { ...given, [name]: value })).toThrow(new RegExp(`: ${name}\\.$`))
  })

  it.each(secrets)('are never the secret %s: variables are for all to read', (name) => {
    expect(names).toContain(name)
    expect(() => filledIn(file, template, { ...given, [name]: 'hush' })).toThrow(new RegExp(`: ${name}\\.$`))
  })
})
