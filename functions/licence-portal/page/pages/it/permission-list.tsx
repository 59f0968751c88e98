import { Badge, makeStyles, Text, tokens, typographyStyles } from '@fluentui/react-components'
import { useLanguage } from '../../language/texts.tsx'
import { Panel } from '../../look/panel.tsx'
import { type Application, applications, type Permission } from './permissions.ts'

const useStyles = makeStyles({
  application: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: tokens.spacingVerticalS, width: '100%' },
  name: { ...typographyStyles.subtitle2, margin: `${tokens.spacingVerticalM} 0 0` },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  permission: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    justifyItems: 'start',
    gap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  code: { fontFamily: tokens.fontFamilyMonospace, fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
})

/** Everything that we ask Microsoft for: what it lets us do, why, and since when. */
export function PermissionList() {
  const { say } = useLanguage()
  return (
    <Panel title={say('it.permissions')}>
      <Text>{say('it.permissions_text')}</Text>
      {applications.map((one) => (
        <OneApplication key={one.name} application={one} />
      ))}
    </Panel>
  )
}

function OneApplication({ application }: { application: Application }) {
  const { say } = useLanguage()
  const styles = useStyles()
  return (
    <div className={styles.application}>
      <h3 className={styles.name}>{application.name}</h3>
      <Text>{say(application.what)}</Text>
      <ul className={styles.list}>
        {application.permissions.map((one) => (
          <OnePermission key={one.names.join()} permission={one} />
        ))}
      </ul>
    </div>
  )
}

function OnePermission({ permission: { names, since, lets, why } }: { permission: Permission }) {
  const { say, day } = useLanguage()
  const styles = useStyles()
  return (
    <li className={styles.permission}>
      <div className={styles.head}>
        {names.map((name) => (
          <code key={name} className={styles.code}>
            {name}
          </code>
        ))}
        <Badge appearance="outline" color="informative">
          {say('it.since', { day: day(since) })}
        </Badge>
      </div>
      <Text>{say(lets)}</Text>
      <Text>{say(why)}</Text>
    </li>
  )
}
