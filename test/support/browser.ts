import { existsSync } from 'node:fs'
import process from 'node:process'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

/** Where Debian and others put it, unless CHROMIUM says where it is. */
const named = process.env['CHROMIUM'] ?? ''
const places =
  named === ''
    ? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
    : [named]
const executable = places.find((place) => existsSync(place))

/** For tests that need one: why they are skipped, or false. */
export const withoutBrowser =
  executable === undefined &&
  `There is no Chromium at ${places.join(', ')}: apt-get install chromium, or name one in CHROMIUM`

export interface OpenedPage {
  readonly page: Page
  /** What it asked for: the address, and where it said that it came from. */
  readonly requests: readonly { readonly url: string; readonly referer: string | undefined }[]
  /** Errors of scripts, and what the page was kept from. */
  readonly errors: readonly string[]
}

/**
 * Pages as somebody opens them whose browser wants this language; the browser is started for the first and goes
 * with the test.
 */
export function pagesOf(t: Test): (locale: string, url: string) => Promise<OpenedPage> {
  let browser: Promise<Browser> | undefined
  t.teardown(async () => (await browser)?.close())
  return async (locale, url) => openIn(await (browser ??= openBrowser()), locale, url)
}

function openBrowser(): Promise<Browser> {
  if (executable === undefined) throw new Error(String(withoutBrowser))
  // Without its sandbox, which root cannot have: it opens nothing but pages of ours.
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox'] })
}

async function openIn(browser: Browser, locale: string, url: string): Promise<OpenedPage> {
  const page = await browser.newPage({ locale })
  const requests: { url: string; referer: string | undefined }[] = []
  const errors: string[] = []
  page.on('request', (request) => {
    requests.push({ url: request.url(), referer: request.headers()['referer'] })
  })
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(url)
  return { page, requests, errors }
}

/** Rules of accessibility that the page breaks as it stands, by their names in axe-core. */
export async function brokenRules(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: { id: string; help: string }[] }>(
    'axe.run()',
  )
  return violations.map(({ id, help }) => `${id}: ${help}`)
}
