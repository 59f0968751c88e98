import { makeStyles, tokens } from '@fluentui/react-components'

const narrow = '@media (max-width: 40rem)'
const wide = '@media (min-width: 40.01rem)'

/** How high the heading is. Rows that are gone to stay below it. */
export const HEAD_PX = 44

/** How the table of licences looks; on a phone how one is used stands below its address. */
export const useTableStyles = makeStyles({
  box: {
    maxHeight: 'max(20rem, 70dvh)',
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  table: { width: '100%', tableLayout: 'fixed', borderCollapse: 'collapse', textAlign: 'start' },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    boxSizing: 'border-box',
    height: `${HEAD_PX}px`,
    padding: 0,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: `inset 0 -1px ${tokens.colorNeutralStroke2}`,
    fontWeight: tokens.fontWeightSemibold,
    textAlign: 'start',
    whiteSpace: 'nowrap',
  },
  narrow: { width: '2.75rem' },
  row: {
    height: `${HEAD_PX}px`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: tokens.colorNeutralBackground1Selected },
  cell: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalS} 0`,
    overflowWrap: 'anywhere',
  },
  middle: { padding: 0, textAlign: 'center' },
  beside: { [narrow]: { display: 'none' } },
  below: { [wide]: { display: 'none' } },
  state: { color: tokens.colorNeutralForeground2 },
  over: {
    padding: `0 ${tokens.spacingHorizontalS}`,
    borderRadius: tokens.borderRadiusMedium,
    // Its own ground: red words cannot be read on every ground that a row has.
    backgroundColor: tokens.colorStatusDangerBackground3,
    color: tokens.colorNeutralForegroundOnBrand,
    whiteSpace: 'nowrap',
  },
  tick: {
    width: '1.125rem',
    height: '1.125rem',
    margin: tokens.spacingHorizontalS,
    verticalAlign: 'middle',
    accentColor: tokens.colorCompoundBrandBackground,
  },
  more: {
    width: '2rem',
    height: '2rem',
    padding: 0,
    border: 'none',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground2,
    cursor: 'pointer',
    fontSize: tokens.fontSizeBase400,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
})
