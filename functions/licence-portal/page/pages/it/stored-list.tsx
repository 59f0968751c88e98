import { makeStyles, Text, tokens, typographyStyles } from '@fluentui/react-components'
import { useLanguage } from '../../language/texts.tsx'
import { Panel } from '../../look/panel.tsx'
import { useTableStyles } from '../../look/plain-table.ts'
import { stored } from './stored.ts'

const useStyles = makeStyles({
  about: { ...typographyStyles.subtitle2, textAlign: 'start', padding: `${tokens.spacingVerticalM} 0` },
  what: { width: '60%' },
})

/** What is stored of people, and until when. */
export function StoredList() {
  const { say } = useLanguage()
  const styles = useStyles()
  const table = useTableStyles()
  return (
    <Panel title={say('it.stored')}>
      <Text>{say('it.stored_text')}</Text>
      {stored.map(({ about, rows }) => (
        <table key={about} className={table.table}>
          <caption className={styles.about}>{say(about)}</caption>
          <thead>
            <tr>
              <th scope="col" className={`${table.head} ${styles.what}`}>
                {say('it.stored_what')}
              </th>
              <th scope="col" className={table.head}>
                {say('it.stored_until')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([what, until]) => (
              <tr key={what}>
                <td className={table.cell}>{say(what)}</td>
                <td className={table.cell}>{say(until)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </Panel>
  )
}
