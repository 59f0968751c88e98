import { Text } from '@fluentui/react-components'
import { CURRENCY } from '@securemailmerge/shared/purchasing/prices'
import { useLanguage } from '../../language/texts.tsx'
import { useTableStyles } from '../../look/plain-table.ts'
import { type Tier, tiers } from './tiers.ts'

/** What one licence costs, and from how many on it costs less. */
export function PriceList() {
  const { say, money } = useLanguage()
  const table = useTableStyles()
  const wordsOf = ({ from, to }: Tier) =>
    to === null ? say('purchase.and_more', { from }) : say('purchase.from_to', { from, to })
  return (
    <>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col" className={table.head}>
              {say('purchase.each')}
            </th>
            <th scope="col" className={table.head}>
              {say('purchase.monthly')}
            </th>
            <th scope="col" className={table.head}>
              {say('purchase.yearly')}
            </th>
          </tr>
        </thead>
        <tbody>
          {tiers().map((tier) => (
            <tr key={tier.from}>
              <th scope="row" className={table.head}>
                {wordsOf(tier)}
              </th>
              <td className={table.cell}>{say('purchase.a_month', { amount: money(tier.monthly, CURRENCY) })}</td>
              <td className={table.cell}>{say('purchase.a_year', { amount: money(tier.yearly, CURRENCY) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text>{say('purchase.before_tax')}</Text>
    </>
  )
}
