import { MessageBar, MessageBarBody } from '@fluentui/react-components'
import { Problem } from '../../../data/call.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { Failure } from '../../../look/failure.tsx'

/** Why a part of a long list was refused. What it would have taken is told where the service says it. */
export function WhyRefused({ error }: { error: unknown }) {
  const { say } = useLanguage()
  if (!(error instanceof Problem)) return <Failure error={error} />
  const { free, missing } = error.details
  if (error.code !== 'no_free_seat' || typeof free !== 'number' || typeof missing !== 'number')
    return <Failure error={error} />
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>{say('run.no_free', { free, missing })}</MessageBarBody>
    </MessageBar>
  )
}
