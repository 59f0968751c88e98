import { existsSync } from 'node:fs'
import packed from '@sparticuz/chromium'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Starts a real browser without a window: one that is installed, or the one from the packages. */
export async function startBrowser(): Promise<Browser> {
  const installed = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path))
  if (installed) return chromium.launch({ executablePath: installed })
  // Without this the package does not unpack the libraries that its browser needs.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x'
  // Its own list of arguments switches off what these tests are about: who may ask whom.
  return chromium.launch({ executablePath: await packed.executablePath(), args: ['--no-sandbox', '--disable-gpu'] })
}

/** A page, and everything that went wrong in it: console errors, uncaught ones, what its policy forbade, failed requests. */
export async function openPage(context: BrowserContext): Promise<{ page: Page; complaints: string[] }> {
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    // Going to another page cuts off what the one before was just asking.
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`)
  })
  await page.exposeFunction('policyForbade', (what: string) => complaints.push(`policy: ${what}`))
  // Text, because it runs in the page: this project's code has no types of a browser.
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    policyForbade(event.violatedDirective + ' ' + event.blockedURI))`)
  return { page, complaints }
}
