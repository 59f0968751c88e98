import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { Subscription } from '../../data/answers.ts'
import type { Key } from '../../language/texts.tsx'

/** One page of a subscription. */
export interface Tab {
  /** What stands behind the id in the address; empty for the first. */
  path: string
  name: Key
  /** Shown to who may do one of these. */
  for: readonly Subscription['may'][number][]
  page: LazyExoticComponent<ComponentType<{ subscription: Subscription }>>
}

/** The pages of a subscription, in the order that they are shown in. */
export const tabs: readonly Tab[] = [
  { path: '', name: 'tab.licences', for: ['see'], page: lazy(() => import('./licences/licences.tsx')) },
  {
    path: 'quantity',
    name: 'tab.quantity',
    // Also for whoever has one that was granted: the page says whom to ask.
    for: ['quantity', 'billing', 'describe'],
    page: lazy(() => import('../subscription/quantity/quantity.tsx')),
  },
  {
    path: 'invoices',
    name: 'tab.invoices',
    for: ['invoices', 'billing'],
    page: lazy(() => import('../subscription/invoices/invoices.tsx')),
  },
  {
    path: 'history',
    name: 'tab.history',
    for: ['see'],
    page: lazy(() => import('../subscription/history/history.tsx')),
  },
  {
    path: 'settings',
    name: 'tab.settings',
    for: ['describe'],
    page: lazy(() => import('../subscription/settings/settings.tsx')),
  },
]

/** Those that this person may see. */
export const tabsOf = ({ may }: Subscription): Tab[] =>
  tabs.filter((tab) => tab.for.some((right) => may.includes(right)))
