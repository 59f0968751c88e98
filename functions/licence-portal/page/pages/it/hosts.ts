/** Where Microsoft signs people in, for this page as for Outlook. */
export const signInHost = 'login.microsoftonline.com'

/** What the browser of a buyer needs beside our own address, and nobody else's: the pages of Stripe and their parts. */
export const paymentHosts = [
  'checkout.stripe.com',
  'billing.stripe.com',
  'invoice.stripe.com',
  'pay.stripe.com',
  'js.stripe.com',
  'api.stripe.com',
  'm.stripe.network',
  'stripecdn.com',
  'hcaptcha.com',
]

/** Where Stripe keeps the whole list. */
export const paymentHostList = 'docs.stripe.com/ips'
