import { Button, MessageBar, MessageBarActions, MessageBarBody, Text } from '@fluentui/react-components'
import { Problem } from '../../data/call.ts'
import { type Session, signInAddress } from '../../data/session.ts'
import { useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { To } from '../../look/to.tsx'
import { addressOf, type Order } from './order.ts'
import { begunHere, forgetBegun, type useCheckout } from './use-checkout.ts'

interface Way {
  session: Session
  order: Order
  checkout: ReturnType<typeof useCheckout>
  /** Whether parts of the order say themselves what is wrong. */
  isWrong: boolean
}

/** The end of the order: the button that leads to the payment, and what was refused on the way there. */
export function ToPayment({ session, order, checkout, isWrong }: Way) {
  const { say } = useLanguage()
  const { error, isPending, isSuccess, reset } = checkout
  const isOver = error instanceof Problem && error.code === 'idempotency_mismatch'
  if (!session.signedIn)
    return (
      <>
        <Text>{say('purchase.sign_in')}</Text>
        <div>
          <Button as="a" appearance="primary" href={signInAddress(addressOf(order))}>
            {say('sign_in_microsoft')}
          </Button>
        </div>
      </>
    )
  return (
    <>
      <Text>{say('purchase.owner', { owner: session.address ?? session.name })}</Text>
      <Text>{say('purchase.at_stripe')}</Text>
      {isOver && <Over again={reset} />}
      {error && !isOver && !isWrong && <Failure error={error} />}
      <div>
        <Button appearance="primary" type="submit" disabledFocusable={isPending || isSuccess}>
          {say(isPending || isSuccess ? 'purchase.going' : 'purchase.pay')}
        </Button>
      </div>
    </>
  )
}

/** The same was bought before from this tab, or left lying too long: it is not bought twice by accident. */
function Over({ again }: { again: () => void }) {
  const { say } = useLanguage()
  const intent = begunHere()?.intent
  const begin = () => {
    forgetBegun()
    again()
  }
  return (
    <MessageBar intent="warning" layout="multiline" role="alert">
      <MessageBarBody>
        {say('purchase.over')} {intent && <To to={`/purchase/confirm#${intent}`}>{say('purchase.see_it')}</To>}
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={begin}>{say('purchase.buy_anew')}</Button>
      </MessageBarActions>
    </MessageBar>
  )
}
