import { parseArgs } from 'node:util'
import { fileClock } from '../clock.ts'
import { startStripe } from './start-stripe.ts'

// Runs the local Stripe as a process of its own: --port N [--data DIR] [--clock FILE] [--webhook URL].
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    data: { type: 'string' },
    clock: { type: 'string' },
    webhook: { type: 'string' },
  },
})
const port = Number(values.port)

try {
  const stripe = await startStripe({
    port,
    data: values.data,
    webhook: values.webhook,
    ...(values.clock === undefined ? {} : { now: fileClock(values.clock) }),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stripe.close().then(() => process.exit(0)))
  const { origin, key, webhookSecret } = stripe
  console.log(`ready ${JSON.stringify({ port: stripe.port, origin, key, webhookSecret })}`)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  console.error(`port ${port} is taken: stop what uses it or set LOCAL_PORT`)
  process.exit(3)
}
