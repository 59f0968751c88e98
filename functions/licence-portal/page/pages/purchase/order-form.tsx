import { Field, Input, makeStyles, tokens } from '@fluentui/react-components'
import { MOST_SEATS_AT_CHECKOUT } from '@securemailmerge/shared/purchasing/prices'
import { type FormEvent, useRef, useState } from 'react'
import { Problem } from '../../data/call.ts'
import { type Session, signInAddress } from '../../data/session.ts'
import { type Key, useLanguage } from '../../language/texts.tsx'
import { IntervalChoice } from './interval-choice.tsx'
import { addressOf, type Order, quantityOf, type WrongField, wishOf, wrongBy } from './order.ts'
import { ToPayment } from './to-payment.tsx'
import { useCheckout } from './use-checkout.ts'
import { useOrder } from './use-order.ts'

const useStyles = makeStyles({
  form: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalL,
    width: '100%',
    maxWidth: '36rem',
  },
  quantity: { maxWidth: '10rem' },
})
const saidOf: Record<WrongField, Key> = {
  quantity: 'purchase.wrong_quantity',
  name: 'purchase.wrong_name',
  reference: 'purchase.wrong_reference',
}

/** How many, how paid, for whom; then the way to the payment, by a sign-in where nobody is signed in. */
export function OrderForm({ session }: { session: Session }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const { order, change } = useOrder()
  const checkout = useCheckout()
  const { error, reset } = checkout
  const [wrongHere, setWrongHere] = useState<WrongField[]>([])
  const fields = useRef<HTMLFormElement>(null)
  const wrong = error instanceof Problem && wrongHere.length === 0 ? wrongBy(error.details) : wrongHere
  const said = (field: WrongField) =>
    wrong.includes(field) ? { validationMessage: say(saidOf[field], { most: MOST_SEATS_AT_CHECKOUT }) } : {}
  // What is said about an order holds until it is another.
  const edit = (part: Partial<Order>) => {
    change(part)
    setWrongHere([])
    if (error) reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!session.signedIn) return location.assign(signInAddress(addressOf(order)))
    if (checkout.isPending) return
    const wish = wishOf(order)
    setWrongHere(Array.isArray(wish) ? wish : [])
    if (!Array.isArray(wish)) return checkout.mutate(wish)
    const first = fields.current?.elements.namedItem(wish[0] ?? '')
    if (first instanceof HTMLElement) first.focus()
  }
  return (
    <form ref={fields} className={styles.form} onSubmit={submit} noValidate>
      <Field label={say('purchase.quantity')} required {...said('quantity')}>
        <Input
          className={styles.quantity}
          {...{ name: 'quantity', type: 'number', inputMode: 'numeric', min: 1, max: MOST_SEATS_AT_CHECKOUT, step: 1 }}
          value={order.quantity}
          onChange={(_, { value }) => edit({ quantity: value })}
        />
      </Field>
      <IntervalChoice
        quantity={quantityOf(order.quantity)}
        isTold={session.signedIn}
        interval={order.interval}
        onChange={(interval) => edit({ interval })}
      />
      <Field label={say('purchase.name')} hint={say('purchase.name_hint')} required {...said('name')}>
        <Input name="name" value={order.name} maxLength={100} onChange={(_, { value }) => edit({ name: value })} />
      </Field>
      <Field label={say('purchase.reference')} hint={say('purchase.reference_hint')} {...said('reference')}>
        <Input
          {...{ name: 'reference', maxLength: 100, value: order.reference }}
          onChange={(_, { value }) => edit({ reference: value })}
        />
      </Field>
      <ToPayment session={session} order={order} checkout={checkout} isWrong={wrong.length > 0} />
    </form>
  )
}
