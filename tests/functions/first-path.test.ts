import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Kit, startKit } from '../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterAll(() => kit.close())

it('an owner assigns, the add-in asks, the footer is gone, and comes back when it is withdrawn', async () => {
  const subscriptionId = await kit.grant('olivia', 2)
  const free = await kit.call('look_up_licence', { as: 'amir' })
  expect(free.json).toMatchObject({ footer: true, code: 'not_assigned', proof: null })
  const assigned = await kit.call('assign_seats', {
    as: 'olivia',
    params: { subscriptionId },
    body: { addresses: ['Amir@Contoso.example'] },
  })
  expect(assigned.json).toMatchObject({ quantity: 2, assigned: 1 })
  const licensed = await kit.call('look_up_licence', { as: 'amir' })
  expect(licensed.json).toMatchObject({ footer: false, code: 'licensed', address: 'amir@contoso.example' })
  expect(await kit.settleUses()).toBe(1)
  const again = await kit.call('look_up_licence', { as: 'amir', headers: { 'licence-proof': licensed.json.proof } })
  expect(again.json).toMatchObject({ footer: false, recheckAfter: 86_400 })
  expect(again.lines.join()).toContain('"reads":2')
  const seat = assigned.json.seats[0].seat
  await kit.call('withdraw_seats', { as: 'olivia', params: { subscriptionId }, body: { seats: [seat] } })
  const withdrawn = await kit.call('look_up_licence', { as: 'amir', headers: { 'licence-proof': again.json.proof } })
  expect(withdrawn.json).toMatchObject({ footer: true, code: 'withdrawn', proof: null })
})
