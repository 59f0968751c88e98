import { Button } from '@fluentui/react-components'
import { useLocation } from 'wouter'
import { subscriptionPlace } from '../../../data/places.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { putOnList, toAssign } from '../../subscriptions/licences/sent-to-assign.ts'

/** Leads to where licences are assigned, with these addresses on the list already. */
export function AssignAgain({ id, addresses }: { id: string; addresses: readonly string[] }) {
  const { say } = useLanguage()
  const [, navigate] = useLocation()
  const begin = () => {
    putOnList(id, addresses)
    // This button goes with its page: when the dialog there is closed, reading goes on at the title.
    document.querySelector('h1')?.focus()
    navigate(subscriptionPlace(id), { state: toAssign })
  }
  return (
    <Button size="small" onClick={begin}>
      {say('history.again')}
    </Button>
  )
}
