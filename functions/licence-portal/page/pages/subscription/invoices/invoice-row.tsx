import { Badge, Link, makeStyles, tokens } from '@fluentui/react-components'
import type { AnswerOf } from '../../../data/answers.ts'
import { leadsOut } from '../../../data/leads-out.ts'
import { useLanguage } from '../../../language/texts.tsx'
import { stateOf, toneOf } from './invoice-state.ts'

type Invoice = AnswerOf<'list_invoices'>['invoices'][number]

const useStyles = makeStyles({
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr) minmax(8rem, 1fr)',
    alignItems: 'center',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    padding: `${tokens.spacingVerticalM} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 40rem)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  about: { display: 'grid', gap: tokens.spacingVerticalXXS },
  number: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  money: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  links: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalL },
})

/** One invoice: when, how much, whether it is paid, and where it can be read. */
export function InvoiceRow({ invoice }: { invoice: Invoice }) {
  const { say, day, money } = useLanguage()
  const styles = useStyles()
  const { number, at, currency, total, paid, page, pdf } = invoice
  const state = stateOf(invoice.state)
  const isPartlyPaid = state === 'open' && paid > 0
  const name = number ?? day(at)
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <span>{day(at)}</span>
        <span className={styles.number}>
          {number ? say('invoices.number', { number }) : say('invoices.without_number')}
        </span>
      </div>
      <div className={styles.money}>
        <span>{money(total, currency)}</span>
        <Badge appearance="tint" color={toneOf(state)}>
          {state ? say(`invoices.state.${state}`) : invoice.state}
        </Badge>
        {isPartlyPaid && <span>{say('invoices.partly', { amount: money(paid, currency) })}</span>}
      </div>
      <div className={styles.links}>
        <Away to={page} what={say(state === 'open' ? 'invoices.pay' : 'invoices.page')} name={name} />
        <Away to={pdf} what={say('invoices.pdf')} name={name} />
      </div>
    </li>
  )
}

/** A link to the payment provider, in a window of its own; nothing where the address is none that may be opened. */
function Away({ to, what, name }: { to: string | null; what: string; name: string }) {
  const { say } = useLanguage()
  if (to === null || !leadsOut(to)) return null
  return (
    <Link href={to} target="_blank" rel="noopener noreferrer" aria-label={say('invoices.link', { what, name })}>
      {what}
    </Link>
  )
}
