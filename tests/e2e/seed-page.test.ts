import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { People } from '../kit/people.ts'

let people: People
let subscriptionId: string
beforeAll(async () => {
  people = await People.start()
  subscriptionId = await people.grant('olivia', 3)
})
afterAll(() => people.stop())

const footer = async (person: Parameters<People['lookUp']>[0]) => (await people.lookUp(person)).json.footer
const seatOf = (answer: { json: { seats: { seat: string }[] } }) => answer.json.seats.map(({ seat }) => seat)

describe('what the help page says about licences', () => {
  it('installing gives no licence, and the free version is never called ended or expired', async () => {
    for (const language of ['en', 'fr']) {
      const { json } = await people.lookUp('fred', { 'accept-language': language })
      expect(json).toMatchObject({ footer: true, code: 'free' })
      expect(json.message).not.toMatch(/expire|ended|over|terminé|échu/i)
    }
    expect((await people.lookUp('fred')).json.message).toContain('does not include a licence')
  })

  it('no answer blocks: whatever the reason, it is 200 and says footer or no footer', async () => {
    for (const person of ['olivia', 'amir', 'kim', 'kimGuest', 'otto', 'rita', 'fred', 'pat'] as const) {
      const { status, json } = await people.lookUp(person)
      expect(status).toBe(200)
      expect(typeof json.footer).toBe('boolean')
      expect(json.message.length).toBeGreaterThan(20)
    }
  })

  it('the owner may assign; a colleague and a stranger may not, and learn nothing', async () => {
    for (const person of ['amir', 'rita', 'pat'] as const) {
      const answer = await people.assign(person, subscriptionId, ['amir@contoso.example'])
      expect([answer.status, answer.json.title]).toEqual([404, 'not_found'])
    }
    const answer = await people.assign('olivia', subscriptionId, ['amir@contoso.example'])
    expect(answer.status).toBe(200)
    await people.withdraw('olivia', subscriptionId, seatOf(answer))
  })

  it('licences are assigned per mail address, one or many at a time', async () => {
    const one = await people.assign('olivia', subscriptionId, ['Bea@Contoso.example'])
    expect(one.json).toMatchObject({ quantity: 3, assigned: 1 })
    const many = await people.assign('olivia', subscriptionId, [
      'Carla Costa <carla@contoso.example>',
      'kim.lee@contoso.example',
    ])
    expect(many.json).toMatchObject({ assigned: 3 })
    expect(await Promise.all((['bea', 'carla', 'lee'] as const).map(footer))).toEqual([false, false, false])
    await people.withdraw('olivia', subscriptionId, [...seatOf(one), ...seatOf(many)])
  })

  it('the footer goes by itself the next time the add-in is opened', async () => {
    expect(await footer('amir')).toBe(true)
    const answer = await people.assign('olivia', subscriptionId, ['amir@contoso.example'])
    expect(await footer('amir')).toBe(false)
    await people.withdraw('olivia', subscriptionId, seatOf(answer))
    expect(await footer('amir')).toBe(true)
  })

  it('of two people of one organisation one can have a footer and the other none, at the same time', async () => {
    const answer = await people.assign('olivia', subscriptionId, ['amir@contoso.example'])
    const [amir, bea] = await Promise.all([people.lookUp('amir'), people.lookUp('carla')])
    expect([amir.json.footer, bea.json.footer]).toEqual([false, true])
    await people.withdraw('olivia', subscriptionId, seatOf(answer))
  })

  it('a colleague without a licence is told that the organisation has some, and whom to ask', async () => {
    const newcomer = { ...(await import('../../infra/local/identity/cast.ts')).cast.amir }
    const mail = 'newcomer@contoso.example'
    const { json } = await people.lookUp({
      ...newcomer,
      objectId: crypto.randomUUID(),
      upn: mail,
      mail,
      edov: true,
    } as never)
    expect(json.code).toBe('not_assigned')
    expect(json.message).toContain('Ask whoever manages the licences')
  })

  it('"ended" is said only to who held a seat', async () => {
    const until = new Date(people.system.clock.now().getTime() + 3_600_000).toISOString()
    const short = await people.grant('kim', 1, { until, name: 'Fabrikam' })
    await people.assign('kim', short, ['kim@fabrikam.example'])
    expect((await people.lookUp('kim')).json.code).toBe('licensed')
    people.advance(3_600_000)
    expect((await people.lookUp('kim')).json).toMatchObject({ code: 'ended', footer: true, proof: null })
    expect((await people.lookUp('fred')).json.code).toBe('free')
  })
})
