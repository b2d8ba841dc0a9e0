import { spawnSync } from 'node:child_process'
import t, { type Test } from 'tap'
import { languages } from '#api/languages.ts'
import { setupTexts } from '#api/setup/texts.ts'
import { makeLink } from '#commands/identity/make-link.ts'
import { PASSWORD_LENGTH } from '#domain/identity/password-rule.ts'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { openPage } from '#test/support/page.ts'
import { asked, logIn, nobody, person } from '#test/support/people.ts'

const api = await testApi(t)
const olga = await person(api, 'Olga', { main: 'owner' })

const get = (address: string, language = 'en'): Promise<ApiAnswer> =>
  api.get(address, { caller: nobody, headers: { 'accept-language': language } })

/** The page at `/setup#…`, with its own script, which speaks with the API. */
async function opened(hash: string, language = 'en') {
  const [html, script] = await Promise.all([get('/setup', language), get('/setup/page.js')])
  const sent: object[] = []
  const page = openPage(String(html.body), String(script.body), {
    address: `https://books.example/setup${hash}`,
    async fetch(url, { method, headers, body }) {
      sent.push(JSON.parse(body))
      const answer = await api.app.inject({ method: method as 'POST', url, headers, payload: body })
      return { ok: answer.statusCode < 300, json: async () => answer.json() }
    },
  })
  return Object.assign(page, { sent })
}

async function typed(page: Awaited<ReturnType<typeof opened>>, password: string, again = password) {
  page.element('password').value = password
  page.element('again').value = again
  await page.submit('form')
}

async function tokenFor(userId: string): Promise<string> {
  return (await makeLink(api.daybook.identity, { userId, purpose: 'reset' }, asked('main'))).token
}

const told = (page: Awaited<ReturnType<typeof opened>>) => {
  const problem = page.element('problem')
  return problem.hidden ? '' : problem.textContent
}

t.test('whoever opens the link sets the password, and is told how to sign in', async (t) => {
  const token = await tokenFor(olga.userId)
  const page = await opened(`#${token}`)
  t.notOk(page.element('form').hidden)
  t.ok(page.element('done').hidden)
  const password = 'nine owls on a slow tram'
  await typed(page, password)
  t.equal(told(page), '')
  t.same(page.sent, [{ token, password }])
  t.ok(page.element('form').hidden)
  t.notOk(page.element('done').hidden)
  t.equal(page.element('email').textContent, olga.email)
  t.equal(page.address.href, 'https://books.example/setup', 'the token is gone from the address')
  t.equal((await logIn(api, { ...olga, password })).status, 200)
  const { textContent: command } = page.element('command')
  t.match(command, 'curl -s https://books.example/api/auth/login ')
  t.notMatch(command, password)
})

t.test('the command it shows is one to a shell, whatever the address', async (t) => {
  const email = "o'hara $HOME `x`@example.com"
  const page = openPage(
    String((await get('/setup')).body),
    String((await get('/setup/page.js')).body),
    {
      address: 'https://books.example/setup#dbl_x',
      fetch: async () => ({ ok: true, json: async () => ({ data: { email } }) }),
    },
  )
  await page.submit('form')
  const command = page.element('command').textContent.replace(/^curl -s/, 'printf "%s\\n"')
  const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  t.same(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''), { email, password: '...' })
})

t.test(
  'what is wrong is told in words, in the language of the page, and can be mended',
  async (t) => {
    const token = await tokenFor(olga.userId)
    for (const language of languages) {
      const page = await opened(`#${token}`, language)
      await typed(page, 'nine owls on a tram', 'ten owls on a tram')
      t.equal(told(page), setupTexts[language].differ)
      t.same(page.sent, [], 'nothing is sent')
      await typed(page, 'owls')
      t.match(told(page), new RegExp(String(PASSWORD_LENGTH.least)))
      t.equal(page.sent.length, 1)
      t.notOk(page.element('form').hidden)
      const gone = await opened('#dbl_nobodys', language)
      await typed(gone, olga.password)
      const { body } = await get('/api/problems/ONE_TIME_LINK_UNKNOWN', language)
      t.equal(told(gone), (body as { data: { detail: string } }).data.detail)
    }
    const mended = await opened(`#${token}`)
    await typed(mended, 'owls')
    await typed(mended, olga.password)
    t.equal(told(mended), '')
    t.notOk(mended.element('done').hidden)
  },
)

t.test('an address without a token, and a server that is away, are told', async (t) => {
  const page = await opened('')
  t.ok(page.element('form').hidden)
  t.equal(told(page), setupTexts.en.noLink)
  page.goTo('#dbl_x')
  t.equal(page.reloads, 1, 'a link that is opened in its place is looked at')
  const away = openPage(
    String((await get('/setup')).body),
    String((await get('/setup/page.js')).body),
    {
      address: 'https://books.example/setup#dbl_x',
      fetch: () => Promise.reject(new TypeError('Failed to fetch')),
    },
  )
  await away.submit('form')
  t.equal(away.element('problem').textContent, setupTexts.en.unreachable)
  t.notOk(away.element('submit').disabled, 'and can be tried again')
})

t.test('it is in three languages, two of which run from right to left', async (t) => {
  for (const language of languages) {
    const { headers, body } = await get('/setup', `de, ${language};q=0.8`)
    const texts = setupTexts[language]
    t.match(headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-language': language,
      vary: /Accept-Language/,
    })
    t.match(String(body), `<html lang="${language}" dir="${language === 'en' ? 'ltr' : 'rtl'}">`)
    for (const text of Object.values(texts)) {
      t.ok(String(body).includes(text), text)
      t.notMatch(text, /[<>&"]/)
    }
    const digits = language === 'fa' ? 'fa' : 'en'
    t.match(texts.intro, new Intl.NumberFormat(digits).format(PASSWORD_LENGTH.least))
  }
  t.match((await get('/setup', 'de')).headers, { 'content-language': 'en' })
})

t.test('it runs and looks as its own files say, and nothing else may', async (t) => {
  await assertClosed(t, '/setup')
  await assertClosed(t, '/setup?from=mail')
  const html = String((await get('/setup')).body)
  const loaded = [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+)"/g)]
  t.equal(loaded.length, 2)
  for (const [, address = ''] of loaded) {
    await assertClosed(t, address)
    const type = address.endsWith('.js') ? /^text\/javascript/ : /^text\/css/
    t.match((await get(address)).headers['content-type'], type)
  }
  t.notMatch(html, /<script[^>]*>\s*[^<\s]/, 'no script within the page')
  t.notMatch(html, /\s(?:on\w+|style)=/, 'nor in attributes')
  t.notMatch(html, /<input[^>]+name=/, 'nor a field that a browser would send by itself')
})

async function assertClosed(t: Test, address: string): Promise<void> {
  const { status, headers } = await get(address)
  t.equal(status, 200, address)
  t.match(headers, {
    'content-security-policy':
      "default-src 'none';script-src 'self';style-src 'self';connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
}
