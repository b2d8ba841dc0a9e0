import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { argon2Passwords } from '#adapters/identity/argon2-passwords.ts'
import { addUser } from '#commands/identity/add-user.ts'
import { useLink } from '#commands/identity/set-password.ts'
import { signIn } from '#commands/identity/sign-in.ts'
import { SETTINGS_ID } from '#commands/operation.ts'
import { createOrganisation } from '#commands/organisation/create-organisation.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { checkUsers } from '#cli/doctor/check-users.ts'
import type { Config } from '#config'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { settings } from '#domain/organisation/settings.ts'
import { contextOf, emptyInstallation, opened } from '#test/support/installation.ts'
import { asked } from '#test/support/people.ts'
import type { Daybook } from '../../src/composition.ts'
import { type FirstStart, firstStart } from '../../src/first-start.ts'

/** Programs that start on an installation, each with connections and caches of its own. */

const password = 'seven owls on a tram'
const address = '127.0.0.1'

const empty = (t: Test, environment: Readonly<Record<string, string>> = {}): Promise<Config> =>
  emptyInstallation(t, {
    DAYBOOK_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    ...environment,
  })

/** Starts, shows what it has to show, and ends. */
async function startedOnce(t: Test, config: Config): Promise<FirstStart['link'] | undefined> {
  const daybook = await opened(t, config)
  const started = await firstStart(daybook)
  await started?.release()
  await daybook.close()
  return started?.link
}

function tokenOf(link: FirstStart['link'] | undefined): string {
  if (link === undefined || link === 'elsewhere') throw new Error(`No link: ${link}`)
  return link.token
}

/** Which cost next to nothing. */
const passwordHashing = argon2Passwords({ memory: 64, passes: 1, parallelism: 1 })

const setUp = ({ identity }: Daybook, token: string) =>
  useLink({ ...identity, passwordHashing }, { token, password, address }, () => asked(INSTALLATION))

async function eventsOf({ log }: Daybook): Promise<readonly string[]> {
  const types: string[] = []
  for await (const page of log.readAll()) types.push(...page.map(({ type }) => type))
  return types
}

t.test(
  'the first start makes an organisation, and an owner who signs in by its link',
  async (t) => {
    const config = await empty(t, {
      DAYBOOK_OWNER_EMAIL: 'olga@shop.example',
      DAYBOOK_ORGANISATION_NAME: 'Corner Shop',
      DAYBOOK_TIME_ZONE: 'Asia/Riyadh',
      DAYBOOK_CURRENCY: 'SAR',
      DAYBOOK_LANGUAGE: 'ar',
    })
    const link = await startedOnce(t, config)
    t.match(link, { email: 'olga@shop.example', token: /^dbl_/, expiresAt: /Z$/ })
    const daybook = await opened(t, config)
    t.same(await setUp(daybook, tokenOf(link)), { name: 'Owner', email: 'olga@shop.example' })
    const signed = await signIn(
      { ...daybook.identity, passwordHashing },
      { email: 'olga@shop.example', password, address },
    )
    t.match(signed.memberships, [
      { organisation: 'main', name: 'Corner Shop', role: 'owner' },
      { organisation: INSTALLATION, role: 'installation' },
    ])
    t.match(signed.session, { organisation: 'main', role: 'owner', language: 'ar' })
    t.equal(await firstStart(daybook), undefined, 'and then there is nothing more to do')
  },
)

t.test('until a password is set, each start makes a new link for the same owner', async (t) => {
  const config = await empty(t)
  const first = await startedOnce(t, config)
  const renamed = { ...config.firstStart, ownerEmail: 'other@example.com' }
  const second = await startedOnce(t, { ...config, firstStart: renamed })
  t.match([first, second], [{ email: 'owner@example.com' }, { email: 'owner@example.com' }])
  const daybook = await opened(t, config)
  await t.rejects(setUp(daybook, tokenOf(first)), { code: 'ONE_TIME_LINK_UNKNOWN' })
  await setUp(daybook, tokenOf(second))
  t.equal(await firstStart(daybook), undefined)
  const types = await eventsOf(daybook)
  t.equal(types.filter((type) => type === 'UserRegistered').length, 1)
  t.equal(types.filter((type) => type === 'OrganisationCreated').length, 1)
})

t.test('of processes that start at once one shows a link, and it is good', async (t) => {
  const config = await empty(t)
  const programs = await Promise.all([1, 2, 3].map(() => opened(t, config)))
  const started = await Promise.all(programs.map((program) => firstStart(program, 500)))
  t.teardown(async () => {
    for (const one of started) await one?.release()
  })
  const links = started.map((one) => one?.link)
  t.equal(links.filter((link) => link === 'elsewhere').length, 2)
  const shown = links.find((link) => link !== 'elsewhere')
  const [daybook] = programs as [Daybook, ...Daybook[]]
  t.match(await setUp(daybook, tokenOf(shown)), { email: 'owner@example.com' })
  t.equal((await eventsOf(daybook)).filter((type) => type === 'UserRegistered').length, 1)
})

t.test('when the process that showed the link is gone, the next one makes another', async (t) => {
  const config = await empty(t)
  const gone = await opened(t, config)
  const before = await firstStart(gone)
  await before?.release()
  const next = await opened(t, config)
  const after = await firstStart(next)
  t.teardown(() => after?.release())
  t.not(tokenOf(after?.link), tokenOf(before?.link))
})

t.test('where there are users already, none is made', async (t) => {
  const config = await empty(t)
  const daybook = await opened(t, config)
  await createOrganisation(daybook.operations, { name: 'Shop' }, asked('shop'))
  const olga = {
    email: 'olga@example.com',
    name: 'Olga',
    organisation: 'shop',
    role: 'owner',
  } as const
  await addUser(daybook.identity, olga, asked(INSTALLATION))
  const before = await eventsOf(daybook)
  t.equal(await firstStart(daybook), undefined)
  t.same(await eventsOf(daybook), before)
})

t.test(
  'an organisation that tokens have worked in gets an owner, and keeps its settings',
  async (t) => {
    const config = await empty(t)
    const daybook = await opened(t, config)
    await changeSettings(daybook.operations, { baseCurrency: 'EUR' }, contextOf(randomUUID()))
    await startedOnce(t, config)
    const { state } = await daybook.handler.load(settings, 'main', SETTINGS_ID, { age: 'now' })
    t.match(state, { name: 'Main', baseCurrency: 'EUR' })
  },
)

t.test('the doctor says who cannot sign in yet, and what to do', async (t) => {
  const config = await empty(t)
  const daybook = await opened(t, config)
  const told = async () => {
    const [finding] = await checkUsers(daybook)
    return `${finding?.state}: ${finding?.message}`
  }
  t.match(await told(), /^warning: There is no user yet: the next start makes one/)
  const link = await startedOnce(t, config)
  t.match(await told(), /^warning: owner@example.com, .* has set no password: .*user reset owner@/)
  t.notMatch(await told(), tokenOf(link))
  await setUp(daybook, tokenOf(link))
  t.equal(await told(), 'ok: People have passwords')
})
