import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/**
 * A port from which `count` consecutive ones are free on this machine now. Somebody may take one before you do.
 * @throws Error after 100 tries
 */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    // Below the range from which systems give ports to outgoing connections.
    const base = 10_000 + count * Math.floor((Math.random() * 20_000) / count)
    const ports = Array.from({ length: count }, (_, offset) => base + offset)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base
  }
  throw new Error(`no ${count} consecutive ports are free`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** Whether somebody answers on this port of this machine. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
