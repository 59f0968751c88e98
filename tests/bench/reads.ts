import { cast } from '../../infra/local/identity/cast.ts'
import { startKit } from '../kit/services.ts'

/** Items and queries that a look-up reads, by who asks. */
export async function readsOfALookUp(): Promise<Record<string, number>> {
  const kit = await startKit()
  const subscriptionId = await kit.grant('olivia', 10)
  const body = { addresses: [cast.amir.mail] }
  await kit.call('assign_seats', { as: 'olivia', params: { subscriptionId }, body })
  const { proof } = (await kit.call('look_up_licence', { as: 'amir' })).json
  const reads = async (as: keyof typeof cast, headers = {}) => {
    kit.cosmos.count.reset()
    await kit.call('look_up_licence', { as, headers })
    const counted = Object.values(kit.cosmos.count.read()).flatMap((row) => Object.values(row))
    return counted.reduce((sum, count) => sum + (count?.operations ?? 0), 0)
  }
  const result = {
    'licensed, with proof': await reads('amir', { 'licence-proof': proof }),
    'licensed, without proof': await reads('amir'),
    'colleague without a licence': await reads('bea'),
    'free user': await reads('fred'),
    'no evidence': await reads('kimGuest'),
  }
  await kit.close()
  return result
}
