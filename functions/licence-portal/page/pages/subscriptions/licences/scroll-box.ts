import { makeStyles, tokens } from '@fluentui/react-components'

/** How a long list in a small box looks: only the lines in view are drawn. */
export const useScrollBox = makeStyles({
  list: {
    listStyleType: 'none',
    boxSizing: 'border-box',
    margin: 0,
    padding: tokens.spacingHorizontalS,
    maxHeight: '14rem',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  row: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: `0 ${tokens.spacingHorizontalM}`,
    padding: `${tokens.spacingVerticalXXS} 0`,
    contentVisibility: 'auto',
    containIntrinsicSize: 'auto 1.5rem',
  },
  text: { overflowWrap: 'anywhere' },
  verdict: { marginLeft: 'auto' },
})
