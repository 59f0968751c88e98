import { app } from '@azure/functions'
import { health, preflight, ready } from '@securemailmerge/shared/http/health'
import { tellSwitches } from '@securemailmerge/shared/tell-switches'
import { applyPurchase } from './apply-purchase.ts'
import { cancelSubscription, undoCancel } from './cancel-subscription.ts'
import { switches } from './command.ts'
import { listInvoices } from './list-invoices.ts'
import { obeyCommand } from './obey-command.ts'
import { openBilling } from './open-billing.ts'
import { openCheckout } from './open-checkout.ts'
import { previewQuantity } from './preview-quantity.ts'
import { receiveStripeEvent } from './receive-stripe-event.ts'
import { setQuantity } from './set-quantity.ts'
import { showIntent } from './show-intent.ts'
import { showPrices } from './show-prices.ts'
import { sweepPurchases } from './sweep-purchases.ts'
import { walkPurchases } from './walk-purchases.ts'
import { wiring } from './wiring.ts'

const services = wiring()
const checks = {
  subscriptions: () => services.subscriptions.read('sub_ready'),
  purchases: () => services.purchases.intent('intent_ready'),
}
const shown = () => services.operations.shown(switches)
const one = 'purchases/subscriptions/{subscriptionId}'

app.post('receive_stripe_event', { route: 'purchases/stripe', handler: receiveStripeEvent(services) })
app.get('show_prices', { route: 'purchases/prices', handler: showPrices(services) })
app.post('open_checkout', { route: 'purchases/checkout', handler: openCheckout(services) })
app.get('show_intent', { route: 'purchases/intents/{intentId}', handler: showIntent(services) })
app.get('preview_quantity', { route: `${one}/quantity`, handler: previewQuantity(services) })
app.post('set_quantity', { route: `${one}/quantity`, handler: setQuantity(services) })
app.post('cancel_subscription', { route: `${one}/cancel`, handler: cancelSubscription(services) })
app.post('undo_cancel', { route: `${one}/undo-cancel`, handler: undoCancel(services) })
app.get('list_invoices', { route: `${one}/invoices`, handler: listInvoices(services) })
app.post('open_billing', { route: `${one}/billing`, handler: openBilling(services) })

const connection = 'SERVICE_BUS'
app.serviceBusQueue('apply_purchase', {
  connection,
  queueName: 'purchases',
  isSessionsEnabled: true,
  handler: applyPurchase(services),
})
app.serviceBusQueue('obey_purchase_webhooks_command', {
  connection,
  queueName: 'purchase-webhooks-commands',
  handler: obeyCommand(services),
})
app.timer('sweep_purchases', { schedule: '0 * * * * *', handler: sweepPurchases(services) })
app.timer('walk_purchases', { schedule: '0 15 2 * * *', handler: walkPurchases(services) })
app.timer('tell_purchase_webhooks_switches', {
  schedule: '0 10 * * * *',
  handler: tellSwitches('purchase-webhooks', shown),
})

app.get('purchase_webhooks_health', { route: 'purchase-webhooks/health', handler: health('purchase-webhooks') })
app.get('purchase_webhooks_ready', {
  route: 'purchase-webhooks/ready',
  handler: ready('purchase-webhooks', checks, shown),
})
app.http('purchase_webhooks_preflight', { methods: ['OPTIONS'], route: 'purchases/{*rest}', handler: preflight })
app.hook.appTerminate(() => services.close())
