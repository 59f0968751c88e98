import { FluentProvider, makeStyles, tokens, webDarkTheme, webLightTheme } from '@fluentui/react-components'
import { type ReactNode, useSyncExternalStore } from 'react'

const dark = matchMedia('(prefers-color-scheme: dark)')
const subscribe = (changed: () => void) => {
  dark.addEventListener('change', changed)
  return () => dark.removeEventListener('change', changed)
}

const useStyles = makeStyles({
  whole: { minHeight: '100vh', backgroundColor: tokens.colorNeutralBackground2 },
})

/** The look of Microsoft 365, light or dark as the system is. */
export function Look({ children }: { children: ReactNode }) {
  const isDark = useSyncExternalStore(subscribe, () => dark.matches)
  const styles = useStyles()
  return (
    <FluentProvider theme={isDark ? webDarkTheme : webLightTheme}>
      {/* A class of the provider itself would be given to menus and dialogs, too: they would hide the page. */}
      <div className={styles.whole}>{children}</div>
    </FluentProvider>
  )
}
