import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { callerWith, nobody } from '#test/support/people.ts'
import {
  type Answer,
  dig,
  eventually,
  owner,
  type TestCaller,
  TestServer,
} from '#test/support/server.ts'

t.setTimeout(600_000)

/** First starts, each with a PostgreSQL that is made for it. */

/** As on a machine where nobody configured anybody's tokens. */
function freshServer(t: Test, environment: Record<string, string> = {}): TestServer {
  const server = new TestServer({ DAYBOOK_TOKENS: '', ...environment })
  t.teardown(() => server.remove())
  return server
}

/** What it printed since it was made. */
const linksOf = ({ output }: TestServer): readonly string[] =>
  [...output.matchAll(/http:\S+\/setup#(dbl_\S+)/g)].map(([, token = '']) => token)

async function shownLink(server: TestServer, count: number): Promise<string> {
  await eventually('the link is shown', async () => linksOf(server).length >= count)
  return linksOf(server).at(-1) ?? ''
}

const password = 'seven owls on a tram'
const setUp = (server: TestServer, token: string): Promise<Answer> =>
  server.call('POST', '/api/auth/setup', { body: { token, password }, caller: nobody })

async function signedIn(server: TestServer, organisation?: string): Promise<TestCaller> {
  const body = { email: 'owner@example.com', password, organisation }
  return callerWith(await server.call('POST', '/api/auth/login', { body, caller: nobody }))
}

t.test(
  'at its first start it shows a link, by which its owner signs in and rebuilds',
  async (t) => {
    const fresh = freshServer(t)
    await fresh.start('--sample')
    t.match(fresh.output, /sample company is in organisation main/)
    t.match(fresh.output, /owner@example.com sets the password here, once, until/)
    const first = await shownLink(fresh, 1)
    const page = await fresh.call('GET', '/setup', { caller: nobody })
    t.match(page.headers.get('content-type'), /^text\/html/)
    await fresh.stop()
    await fresh.start('--sample')
    const second = await shownLink(fresh, 2)
    t.equal((await setUp(fresh, first)).status, 404, 'of two links the later counts')
    t.equal((await setUp(fresh, second)).status, 200)
    const caller = await signedIn(fresh)
    const figures = async () => {
      const path = '/api/finance/stats'
      await eventually('the figures are there', async () => {
        const totals = dig(await fresh.get(path, caller), 'data', 'totals')
        return (totals as { totalSales: number }[])[0]?.totalSales === 199
      })
      return dig(await fresh.get(path, caller), 'data', 'totals')
    }
    const shown = await figures()
    t.match(shown, [{ currency: 'SAR' }], 'the sample settled what the organisation has')
    const operates = await signedIn(fresh, '_installation')
    await eventually('what is built for the first time can be rebuilt', async () => {
      const path = '/api/projections/ledger/rebuild'
      return (await fresh.call('POST', path, { caller: operates })).status < 300
    })
    await fresh.stop()
    const before = fresh.output.length
    await fresh.start('--sample')
    t.same(await figures(), shown, 'loaded again, nothing changes')
    t.notMatch(fresh.output.slice(before), /setup|password/, 'and there is no further link')
  },
)

t.test(
  'killed anywhere in its first start, it has one owner, and a link that is good',
  async (t) => {
    const { url, login } = await testDatabase(t)
    const server = freshServer(t, { DATABASE_URL: url })
    const countOf = async (type: string): Promise<number> => {
      const { rows } = await login.query('select from log.events where type like $1', [type])
      return rows.length
    }
    let kills = 0
    // Each start comes a little further: it is killed once there is more in the log than before it.
    for (let before = 0; (await countOf('UserLinkMade')) < 2; before = await countOf('%')) {
      const started = server.start().catch(() => undefined)
      await eventually('something is in the log', async () => (await countOf('%')) > before, 60_000)
      await server.stop('SIGKILL')
      await started
      kills += 1
    }
    t.comment(`killed ${kills} times`)
    const shown = linksOf(server).length
    await server.start()
    const token = await shownLink(server, shown + 1)
    t.equal((await setUp(server, token)).status, 200)
    t.match(await signedIn(server), { organisation: 'main', role: 'owner' })
    t.match(await signedIn(server, '_installation'), { role: 'installation' })
    t.same([await countOf('UserRegistered'), await countOf('OrganisationCreated')], [1, 1])
  },
)

t.test('of several servers that start at once on one folder one shows the link', async (t) => {
  const one = freshServer(t)
  const others = [1, 2].map(() => freshServer(t, { DAYBOOK_DATA: one.dataDir }))
  const projector = freshServer(t, { DAYBOOK_DATA: one.dataDir })
  const servers = [one, ...others]
  await Promise.all([
    ...servers.map((server) => server.start()),
    projector.start('--role', 'projector'),
  ])
  await eventually('each has said what it knows', async () =>
    servers.every(({ output }) => output.includes('Nobody can sign in yet')),
  )
  const links = servers.flatMap(linksOf)
  t.equal(links.length, 1)
  t.same(linksOf(projector), [])
  for (const server of servers)
    t.equal((await setUp(server, links[0] ?? '')).status, server === one ? 200 : 404)
  for (const server of others) t.match(await signedIn(server), { role: 'owner' })
  // Who started the PostgreSQL of the folder ends it.
  for (const server of [projector, ...others]) await server.stop()
})

t.test('tokens that an earlier version made still count, and it says what to do', async (t) => {
  const server = freshServer(t)
  writeFileSync(path.join(server.dataDir, 'tokens.json'), JSON.stringify([owner]), { mode: 0o600 })
  await server.start()
  await eventually('it says so', async () =>
    /tokens in \S+tokens\.json.* still count/.test(server.output),
  )
  t.equal((await server.get('/api/settings')).status, 200)
  t.same(linksOf(server), [], 'and nobody is made')
  await server.stop()
  rmSync(path.join(server.dataDir, 'tokens.json'))
  await server.start()
  t.equal((await setUp(server, await shownLink(server, 1))).status, 200)
  t.equal((await server.get('/api/settings')).status, 401)
  t.equal((await server.get('/api/settings', await signedIn(server))).status, 200)
})

t.test('a port that is in use is named', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const server = new TestServer({ PORT: String(port) })
  t.teardown(() => server.remove())
  const ended = spawnSync(process.execPath, ['src/main.ts'], {
    env: { ...process.env, ...server.environment },
    encoding: 'utf8',
  })
  t.equal(ended.status, 1)
  t.match(ended.stderr, `daybook: Port ${port} is in use. Stop what listens there`)
})
