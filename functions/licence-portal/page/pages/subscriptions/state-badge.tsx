import { Badge } from '@fluentui/react-components'
import { useLanguage } from '../../language/texts.tsx'
import { type ShownState, toneOf } from './shown-state.ts'

/** How a subscription stands, in a word or two. */
export function StateBadge({ state }: { state: ShownState }) {
  const { say } = useLanguage()
  return (
    <Badge appearance="tint" color={toneOf(state)}>
      {say(`state.${state}`)}
    </Badge>
  )
}
