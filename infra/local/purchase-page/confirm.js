// Asks every two seconds what became of the purchase that the fragment names.
const intent = encodeURIComponent(location.hash.slice(1))
const status = document.getElementById('status')
const bar = document.getElementById('bar')
const assign = document.getElementById('assign')
const mine = document.getElementById('mine')
const others = document.getElementById('others')
const outcome = document.getElementById('outcome')
const askAgainMs = 2000
/** Money that takes days is not asked for every moment. */
const paidLaterMs = 10_000

/** `{name}` by its value; `{count|mail|mails}` by a number and what it counts. */
const filled = (text, values) =>
  text.replace(/\{(\w+)(?:\|([^|{}]+)\|([^|{}]+))?\}/g, (_, name, one, many) =>
    one === undefined ? values[name] : `${values[name]} ${values[name] === 1 ? one : many}`,
  )

async function ask() {
  const response = await fetch(`/purchase/intents/${intent}`).catch(() => undefined)
  if (response?.status === 404) return say(status.dataset.unknown)
  const answer = response?.ok ? await response.json() : undefined
  const { state, subscription } = answer ?? {}
  if (state === 'arrived' && subscription) return arrived(subscription, answer.buyer)
  if (state === 'expired' || state === 'open') return say(status.dataset[state])
  setTimeout(ask, askAgainMs)
}

function arrived(subscription, buyer) {
  const wasHidden = assign.hidden
  const { licensing, state } = subscription
  assign.hidden = !licensing
  others.search = new URLSearchParams({
    lang: document.documentElement.lang,
    person: buyer,
    subscription: subscription.id,
  })
  say(filled(status.dataset[licensing ? 'arrived' : state === 'payment_pending' ? 'pending' : 'over'], subscription))
  if (licensing && wasHidden) mine.focus()
  if (!licensing) setTimeout(ask, paidLaterMs)
}

function say(text) {
  bar.hidden = true
  if (status.textContent !== text) status.textContent = text
}

mine.addEventListener('click', async () => {
  mine.disabled = true
  const response = await fetch(`/purchase/intents/${intent}/mine`, { method: 'POST' }).catch(() => undefined)
  const answer = await response?.json().catch(() => undefined)
  mine.disabled = false
  outcome.textContent = response?.ok
    ? outcome.dataset.done
    : filled(outcome.dataset.refused, { reason: answer?.detail })
  mine.hidden = response?.ok ?? false
  await ask()
})

void ask()
