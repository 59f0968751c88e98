import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { subscriptionPlace } from '../../data/places.ts'
import { useLanguage } from '../../language/texts.tsx'
import { useGo } from '../../look/to.tsx'
import type { Tab } from './tabs.ts'

const useStyles = makeStyles({
  tabs: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalXS,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  tab: {
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalM}`,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    borderBottom: '3px solid transparent',
    ':hover': { color: tokens.colorNeutralForeground1, borderBottomColor: tokens.colorNeutralStroke1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  here: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    borderBottomColor: tokens.colorCompoundBrandStroke,
  },
})

/** Links to the pages of a subscription. */
export function TabLinks({ id, tabs, here }: { id: string; tabs: readonly Tab[]; here: Tab | undefined }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const go = useGo()
  return (
    <nav className={styles.tabs} aria-label={say('sub.pages')}>
      {tabs.map((tab) => {
        const to = subscriptionPlace(id, tab.path)
        const isHere = tab === here
        return (
          <a
            key={tab.path}
            href={to}
            onClick={go(to)}
            className={mergeClasses(styles.tab, isHere && styles.here)}
            aria-current={isHere ? 'page' : undefined}
          >
            {say(tab.name)}
          </a>
        )
      })}
    </nav>
  )
}
