import { Field, Textarea } from '@fluentui/react-components'
import { useLanguage } from '../../../language/texts.tsx'

/** Where addresses are typed or pasted. */
export function AddressBox(props: { value: string; isReadOnly: boolean; onChange: (text: string) => void }) {
  const { say } = useLanguage()
  const { value, isReadOnly, onChange } = props
  return (
    <Field label={say('assign.addresses')} hint={say('assign.hint')}>
      <Textarea
        value={value}
        readOnly={isReadOnly}
        onChange={(_, { value: text }) => onChange(text)}
        rows={6}
        resize="vertical"
        spellCheck={false}
        autoComplete="off"
      />
    </Field>
  )
}
