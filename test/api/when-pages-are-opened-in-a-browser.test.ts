import t from 'tap'
import { languages } from '#api/languages.ts'
import { setupTexts } from '#api/setup/texts.ts'
import { makeLink } from '#commands/identity/make-link.ts'
import { testApi } from '#test/support/api.ts'
import { brokenRules, pagesOf, withoutBrowser } from '#test/support/browser.ts'
import { asked, logIn, person } from '#test/support/people.ts'

const api = await testApi(t)
const openIn = pagesOf(t)
const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
const olga = await person(api, 'Olga', { main: 'owner' })
const newToken = async () =>
  (await makeLink(api.daybook.identity, { userId: olga.userId, purpose: 'reset' }, asked('main')))
    .token

for (const language of languages) {
  t.test(
    `a password is set, by keys alone, in ${language}`,
    { skip: withoutBrowser },
    async (t) => {
      const texts = setupTexts[language]
      const token = await newToken()
      const { page, requests, errors } = await openIn(language, `${url}/setup#${token}`)
      const typed = async (password: string, again: string) => {
        await page.getByLabel(texts.password, { exact: true }).focus()
        await page.keyboard.press('ControlOrMeta+a')
        await page.keyboard.type(password)
        await page.keyboard.press('Tab')
        await page.keyboard.press('ControlOrMeta+a')
        await page.keyboard.type(again)
        await page.keyboard.press('Enter')
      }
      t.equal(await page.locator('h1').innerText(), texts.title)
      t.equal(await page.locator('html').getAttribute('dir'), language === 'en' ? 'ltr' : 'rtl')
      t.same(await brokenRules(page), [])

      const alert = page.getByRole('alert')
      await typed('five owls on a tram', 'four owls on a tram')
      await alert.filter({ hasText: texts.differ }).waitFor()
      await typed('owls', 'owls')
      await alert.filter({ hasText: '15' }).waitFor()
      t.same(await brokenRules(page), [])
      const password = `six owls on a tram, in ${language}`
      await typed(password, password)
      await page.getByRole('status').filter({ hasText: olga.email }).waitFor()
      t.same(await brokenRules(page), [])

      t.equal(page.url(), `${url}/setup`, 'the token is gone from the address')
      t.equal((await logIn(api, { ...olga, password })).status, 200)
      t.same(
        requests.filter((request) => JSON.stringify(request).includes(token)),
        [],
        'it was in no address, and nobody was told where the page came from',
      )
      const refused = errors.filter((error) => !/status of 422/.test(error))
      t.same(refused, [], 'nothing failed, and nothing was kept from the page')
      await page.close()
    },
  )
}

t.test(
  'a link that is not whole says so, in the language of whoever opens it',
  { skip: withoutBrowser },
  async (t) => {
    const { page } = await openIn('ar', `${url}/setup`)
    await page.getByRole('alert').filter({ hasText: setupTexts.ar.noLink }).waitFor()
    t.notOk(await page.locator('form').isVisible())
    t.same(await brokenRules(page), [])
  },
)

t.test(
  'the description of the API opens, and all that it loads is ours',
  { skip: withoutBrowser },
  async (t) => {
    const { page, requests, errors } = await openIn('en', `${url}/api/docs`)
    await page.locator('[data-path="/api/auth/login"]').click()
    await page.getByText('Request body').first().waitFor()
    const others = requests.filter(
      (request) => !request.url.startsWith(url) && !request.url.startsWith('data:'),
    )
    t.same(others, [])
    t.same(errors, [])
  },
)
