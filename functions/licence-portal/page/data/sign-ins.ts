const CHANNEL = 'sign-ins'

/** Tells every window of this page that somebody has signed in. Who that is they ask themselves. */
export function tellSignIn(): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage('signed_in')
  channel.close()
}

/** Calls `heard` whenever another window tells of a sign-in, until what it returns is called. */
export function hearSignIns(heard: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = heard
  return () => channel.close()
}
