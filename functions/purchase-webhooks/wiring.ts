import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { frameOf } from '@securemailmerge/shared/http/frame'
import { Directory } from '@securemailmerge/shared/licensing/directory'
import { Subscriptions } from '@securemailmerge/shared/licensing/subscriptions'
import { Operations } from '@securemailmerge/shared/operations'
import { Purchases } from '@securemailmerge/shared/purchasing/purchases'
import { Billing } from '@securemailmerge/shared/stripe/billing'
import { Checkout } from '@securemailmerge/shared/stripe/checkout'
import { stripeClient } from '@securemailmerge/shared/stripe/client'
import { Listing } from '@securemailmerge/shared/stripe/listing'
import { Seller } from '@securemailmerge/shared/stripe/seller'

/** Everything that purchase-webhooks runs on. It alone holds the seller's key and secrets. */
export function wiring(env?: NodeJS.ProcessEnv) {
  const config = readConfig('purchase-webhooks', env)
  const { now, stripe: access } = config
  if (!access) throw new Error('purchase-webhooks cannot start. STRIPE_KEY is missing.')
  const stores = azure(config)
  const operations = new Operations(stores.items('operations'), 'purchase-webhooks', now)
  const frame = frameOf('purchase-webhooks', config, stores.items('sessions'), () => operations.isOn('read_only'))
  const directory = new Directory(stores.items('directory'))
  const queues = { purchases: stores.queue('purchases'), commands: stores.queue('purchase-webhooks-commands') }
  const stripe = stripeClient(access)
  return {
    frame,
    now,
    origin: config.origin,
    mode: access.mode,
    secrets: access.secrets,
    operations,
    queues,
    directory,
    subscriptions: new Subscriptions(stores.items('subscriptions'), directory),
    purchases: new Purchases(stores.items('purchases'), queues.purchases),
    seller: new Seller(stripe, now),
    checkout: new Checkout(stripe, now),
    billing: new Billing(stripe),
    listing: new Listing(stripe, now),
    close: stores.close,
  }
}

/** What the triggers of purchase-webhooks are given. */
export type Services = ReturnType<typeof wiring>
