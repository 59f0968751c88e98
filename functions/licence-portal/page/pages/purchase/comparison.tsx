import { makeStyles, tokens } from '@fluentui/react-components'
import { type Key, useLanguage } from '../../language/texts.tsx'
import { useTableStyles } from '../../look/plain-table.ts'

const rows: [what: Key, free: Key, licensed: Key][] = [
  ['purchase.mails', 'purchase.all_of_it', 'purchase.all_of_it'],
  ['purchase.footer', 'licence.footer', 'licence.no_footer'],
  ['purchase.who', 'purchase.who_free', 'purchase.who_licensed'],
  ['purchase.cost', 'purchase.cost_free', 'purchase.cost_licensed'],
]
const useStyles = makeStyles({ licensed: { backgroundColor: tokens.colorBrandBackground2 } })

/** What everybody has, and what a licence adds. */
export function Comparison() {
  const { say } = useLanguage()
  const table = useTableStyles()
  const { licensed } = useStyles()
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <td />
          <th scope="col" className={table.head}>
            {say('purchase.free_version')}
          </th>
          <th scope="col" className={`${table.head} ${licensed}`}>
            {say('purchase.licensed')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([what, free, more]) => (
          <tr key={what}>
            <th scope="row" className={table.head}>
              {say(what)}
            </th>
            <td className={table.cell}>{say(free)}</td>
            <td className={`${table.cell} ${licensed}`}>{say(more)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
