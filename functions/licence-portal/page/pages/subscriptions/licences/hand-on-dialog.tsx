import { Field, Input, Text } from '@fluentui/react-components'
import { canonical } from '@securemailmerge/shared/licensing/canonical-address'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Seat } from '../../../data/answers.ts'
import { type Key, useLanguage } from '../../../language/texts.tsx'
import { Failure } from '../../../look/failure.tsx'
import { Confirm, type Opened } from './confirm.tsx'
import type { AtDesk } from './use-desk.ts'

const outcomes: Partial<Record<string, Key>> = {
  assigned: 'hand_on.assigned',
  already_assigned: 'hand_on.already_assigned',
  already_bound: 'hand_on.already_bound',
}

interface Handing extends Opened {
  seat: Seat
  desk: Pick<AtDesk, 'handOn' | 'settle'>
  /** Whether an address has a licence already, as far as is known here. */
  has: (address: string) => boolean
}

/** Hands a licence on to another address, and says what came of it. */
export function HandOnDialog({ seat, desk, has, ...opened }: Handing) {
  const { say } = useLanguage()
  const [typed, setTyped] = useState('')
  const [isTried, setTried] = useState(false)
  // The same wish keeps its key; another address is another wish.
  const wish = useRef({ typed: '', key: '' })
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async () => {
      if (wish.current.typed !== typed) wish.current = { typed, key: crypto.randomUUID() }
      return desk.handOn(seat.id, typed, wish.current.key)
    },
    onSuccess: () => void desk.settle(),
  })
  const address = canonical(typed)
  const fault = typeof address === 'string' ? null : address.fault
  const act = () => (fault ? setTried(true) : mutate())
  if (data)
    return (
      <Confirm title={say('hand_on.done')} {...opened}>
        <Text role="status">
          {say(outcomes[data.to.outcome] ?? 'hand_on.unchanged', { from: seat.typed, to: data.to.address })}
        </Text>
      </Confirm>
    )
  return (
    <Confirm title={say('hand_on.title')} act={say('hand_on.act')} isDisabled={isPending} onAct={act} {...opened}>
      <Text>{say('hand_on.text', { address: seat.typed })}</Text>
      <Field
        label={say('hand_on.to')}
        {...(isTried && fault && { validationMessage: say(`fault.${fault}`) })}
        {...(!fault && has(`${address}`) && { hint: say('hand_on.has_one') })}
      >
        <Input type="email" value={typed} onChange={(_, { value }) => setTyped(value)} autoComplete="off" />
      </Field>
      {error && <Failure error={error} />}
    </Confirm>
  )
}
