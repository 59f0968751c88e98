import type { CustomFetch } from 'openid-client'

const LIMIT_BYTES = 64 * 1024

/** A fetch whose answers have an end, and which is never led to another host. */
export const limitedFetch: CustomFetch = async (address, options) => {
  const { method, headers, body, signal } = options
  const response = await fetch(address, {
    ...{ method, headers, redirect: 'manual' },
    ...(body instanceof URLSearchParams ? { body } : {}),
    ...(signal ? { signal } : {}),
  })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > LIMIT_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  const type = response.headers.get('content-type') ?? ''
  return new Response(Buffer.concat(chunks), { status: response.status, headers: { 'content-type': type } })
}
