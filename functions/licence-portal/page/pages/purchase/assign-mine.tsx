import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { AnswerOf, Subscription } from '../../data/answers.ts'
import { call } from '../../data/call.ts'
import { subscriptionPlace } from '../../data/places.ts'
import type { Session } from '../../data/session.ts'
import { readAnew, subscriptionPath } from '../../data/subscriptions.ts'
import { useLanguage } from '../../language/texts.tsx'
import { Failure } from '../../look/failure.tsx'
import { useGo } from '../../look/to.tsx'

const useStyles = makeStyles({
  acts: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  done: { ':focus': { outlineStyle: 'none' } },
})

/** Paying assigns nothing: here a buyer takes one of the licences, or goes on to assign them to others. */
export function AssignMine({ subscription, session }: { subscription: Subscription; session: Session }) {
  const { say } = useLanguage()
  const styles = useStyles()
  const go = useGo()
  const address = session.signedIn ? session.address : null
  const assign = useAssigning(subscription.id, address)
  const others = subscriptionPlace(subscription.id)
  const outcome = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (assign.isSuccess) outcome.current?.focus()
  }, [assign.isSuccess])
  const isFull = subscription.free === 0 && !assign.isSuccess
  const isOffered = address !== null && !assign.isSuccess && !isFull
  return (
    <>
      {address === null && <Text>{say('confirm.no_address')}</Text>}
      <div ref={outcome} role="status" tabIndex={-1} className={styles.done}>
        {assign.isSuccess && <Text weight="semibold">{say('confirm.assigned', { address: address ?? '' })}</Text>}
        {isFull && <Text>{say('confirm.none_free')}</Text>}
      </div>
      {assign.error && <Failure error={assign.error} />}
      <div className={styles.acts}>
        {isOffered && (
          <Button appearance="primary" disabledFocusable={assign.isPending} onClick={() => assign.mutate()}>
            {say('confirm.mine')}
          </Button>
        )}
        <Button as="a" appearance={isOffered ? 'secondary' : 'primary'} href={others} onClick={go(others)}>
          {say('confirm.others')}
        </Button>
      </div>
    </>
  )
}

function useAssigning(subscription: string, address: string | null) {
  const client = useQueryClient()
  const [key] = useState(() => crypto.randomUUID())
  return useMutation({
    mutationFn: () =>
      call<AnswerOf<'assign_seats'>>(`${subscriptionPath(subscription)}/seats`, {
        ...{ method: 'POST', key, body: { addresses: [address], self: true } },
      }),
    onSuccess: () =>
      Promise.all([
        readAnew(client, subscription),
        ...[['intent'], ['licence']].map((queryKey) => client.invalidateQueries({ queryKey })),
      ]),
  })
}
