import { Field, Input, Textarea } from '@fluentui/react-components'
import { type Key, useLanguage } from '../../../language/texts.tsx'
import { type DetailName, longest, oneLine } from './draft.ts'

interface Typed {
  name: DetailName
  value: string
  /** Why it cannot be saved. */
  wrong: Key | undefined
  onType: (text: string) => void
}

/** One of the texts that managers give a subscription. */
export function DetailField({ name, value, wrong, onType }: Typed) {
  const { say } = useLanguage()
  const most = longest[name]
  const common = {
    name,
    value,
    maxLength: most,
    onChange: (_: unknown, typed: { value: string }) => onType(oneLine(typed.value)),
  }
  return (
    <Field
      label={say(`settings.${name}`)}
      hint={say(`settings.${name}.hint`)}
      required={name === 'name'}
      {...(wrong && { validationMessage: say(wrong, { most }) })}
    >
      {/* Long enough to be read only over several lines, and yet one line. */}
      {name === 'contact' ? <Textarea {...common} resize="vertical" /> : <Input {...common} />}
    </Field>
  )
}
