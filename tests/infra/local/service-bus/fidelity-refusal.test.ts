import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEndPoint } from '../../../fidelity/service-bus-end-point.ts'

let server: Server
let calls: number
let connectionString: string

beforeEach(async () => {
  calls = 0
  server = createServer((socket) => {
    calls += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  connectionString = `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=root;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;`
})
afterEach(() => server.close())

test.each(['seat-uses', 'orders-test-live', 'test', '', undefined])(
  'F49: the fidelity suite makes no call when the queue is called %j',
  async (queue) => {
    await expect(openEndPoint(connectionString, queue)).rejects.toThrow(`"${queue}" does not end in -test`)
    expect(calls).toBe(0)
  },
)

test('F49: nor when its queue with sessions is called otherwise', async () => {
  const opening = openEndPoint(connectionString, 'orders-test', 'purchases')
  await expect(opening).rejects.toThrow('"purchases" does not end in -test')
  expect(calls).toBe(0)
})

test('F49: nor when it is not told where the queue is', async () => {
  await expect(openEndPoint(undefined, 'orders-test')).rejects.toThrow('is set without FIDELITY_SERVICE_BUS.')
  expect(calls).toBe(0)
})

test('a name that ends in -test is asked for: a call would have been seen', async () => {
  await expect(openEndPoint(connectionString, 'orders-test')).rejects.toThrow()
  expect(calls).toBeGreaterThan(0)
})
