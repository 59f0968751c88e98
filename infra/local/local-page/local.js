// Keeps the live parts of the local page up to date, and does what buttons do without leaving the page.
const refreshMs = 2000

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
  if (document.hidden || !getSelection()?.isCollapsed) return
  const response = await fetch(location.href).catch(() => undefined)
  if (response?.ok) renew(await response.text())
}

document.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { target: form, submitter } = event
  const body = new URLSearchParams(new FormData(form, submitter))
  document.body.setAttribute('aria-busy', 'true')
  const response = await fetch(form.action, { method: 'POST', body }).catch(() => undefined)
  document.body.removeAttribute('aria-busy')
  if (response?.ok) renew(await response.text())
})

setInterval(() => void refresh(), refreshMs)
