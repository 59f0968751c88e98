// Asks every two seconds what became of the purchase that the fragment names.
const intent = location.hash.slice(1)
const status = document.getElementById('status')
const bar = document.getElementById('bar')
const assign = document.getElementById('assign')

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name])

async function ask() {
  const response = await fetch(`/purchase/intents/${encodeURIComponent(intent)}`).catch(() => undefined)
  if (response?.status === 404) return end(status.dataset.unknown)
  const answer = response?.ok ? await response.json() : undefined
  if (answer?.state === 'arrived') {
    const { name, quantity, assigned } = answer.subscription
    assign.hidden = false
    assign.focus()
    return end(filled(status.dataset.arrived, { name, quantity, assigned }))
  }
  if (answer?.state === 'expired' || answer?.state === 'open') return end(status.dataset[answer.state])
  setTimeout(ask, 2000)
}

function end(text) {
  bar.hidden = true
  status.textContent = text
}

void ask()
