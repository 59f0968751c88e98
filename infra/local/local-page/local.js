// Keeps the live parts of the local page up to date, and does what buttons do without leaving the page.
const refreshMs = 2000
/** The choice of the person who manages. */
const person = document.getElementById('manage-person')

/** Puts the live parts of a newer page in place of the old ones, and leaves alone what the person is at. */
function renew(text) {
  const newer = new DOMParser().parseFromString(text, 'text/html')
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = newer.getElementById(old.id)
    if (!fresh || fresh.innerHTML === old.dataset.shown) continue
    old.dataset.shown = fresh.innerHTML
    const open = [...old.querySelectorAll('details[open]')].map(({ id }) => id)
    const { value } = old
    const focused = old.contains(document.activeElement) ? document.activeElement.id : ''
    old.replaceChildren(...fresh.childNodes)
    for (const id of open) document.getElementById(id)?.setAttribute('open', '')
    if (value && [...old.options].some((option) => option.value === value)) old.value = value
    if (focused && focused !== old.id) document.getElementById(focused)?.focus()
  }
}

async function refresh() {
  const response = await fetch(location.href).catch(() => undefined)
  if (response?.ok) renew(await response.text())
}

document.addEventListener('submit', async (event) => {
  const { target: form, submitter } = event
  // What leads to another origin the browser itself has to do: no script may follow it there.
  if (form.classList.contains('leaves')) return
  event.preventDefault()
  const body = new URLSearchParams(new FormData(form, submitter))
  const action = new URL(form.action)
  action.searchParams.set('person', person.value)
  document.body.setAttribute('aria-busy', 'true')
  const response = await fetch(action, { method: 'POST', body }).catch(() => undefined)
  document.body.removeAttribute('aria-busy')
  if (response?.ok) renew(await response.text())
})

/** Lists the subscriptions of the person who manages, and of nobody else. */
async function choose() {
  const address = new URL(location.href)
  address.searchParams.set('person', person.value)
  history.replaceState(null, '', address)
  await refresh()
}
person.addEventListener('change', () => void choose())
// A browser may have kept an earlier choice over a reload.
if (person.value !== person.dataset.chosen) void choose()

setInterval(() => {
  if (!document.hidden && getSelection()?.isCollapsed) void refresh()
}, refreshMs)
