import { makeStyles, tokens } from '@fluentui/react-components'

const cell = {
  borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
  textAlign: 'start',
  verticalAlign: 'top',
  '@media (max-width: 480px)': { paddingLeft: tokens.spacingHorizontalXS, paddingRight: tokens.spacingHorizontalXS },
} as const

/** The look of a small table that is only read. */
export const useTableStyles = makeStyles({
  table: { width: '100%', borderCollapse: 'collapse', overflowWrap: 'break-word', hyphens: 'auto' },
  head: { ...cell, fontWeight: tokens.fontWeightSemibold },
  cell,
})
