import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { callerWith, logIn, nobody } from '#test/support/people.ts'
import { type Answer, dig, TestServer } from '#test/support/server.ts'

/** The command line beside a running server, on one database; a person uses what it prints. */

const { url } = await testDatabase(t)
const server = new TestServer({ DATABASE_URL: url, DAYBOOK_PUBLIC_URL: 'https://books.example' })
t.teardown(() => server.remove())
await server.start()

const run = async (...words: readonly string[]) => {
  const { code, out, err } = await server.daybook('--json', ...words)
  return { code, err, found: (out === '' ? {} : JSON.parse(out)) as Record<string, string> }
}
const post = (path: string, body: object): Promise<Answer> =>
  server.call('POST', path, { body, caller: nobody })
const api = {
  call: async (_method: string, path: string, { body }: { readonly body?: unknown } = {}) => {
    const { status, headers, body: answered } = await post(path, body as object)
    return { status, headers: Object.fromEntries(headers), body: answered }
  },
}

t.test(
  'given an organisation and its owner, when they set their password, then they sign in',
  async (t) => {
    const early = await run(
      'user',
      'add',
      'olga@example.com',
      '--name',
      'Olga',
      '--organisation',
      'shop',
      '--role',
      'owner',
    )
    t.equal(early.code, 3)
    t.match(early.err, 'There is no organisation shop')
    const zone = ['--time-zone', 'Asia/Riyadh', '--currency', 'SAR']
    const made = await run('org', 'create', 'shop', '--name', 'Corner Shop', ...zone)
    t.same(made.found, { organisation: 'shop', created: true })
    const again = await run('org', 'create', 'shop', '--name', 'Corner Shop', ...zone)
    t.same(again.found, { organisation: 'shop', created: false })

    const added = await run(
      'user',
      'add',
      'olga@example.com',
      '--name',
      'Olga',
      '--organisation',
      'shop',
      '--role',
      'owner',
    )
    t.match(added.found, { userId: /^[0-9a-f-]{36}$/, token: /^dbl_/, expiresAt: /Z$/ })
    t.equal(added.found['link'], `https://books.example/setup#${added.found['token']}`)
    const shown = await server.daybook('user', 'reset', 'olga@example.com')
    t.match(
      shown.out,
      /^olga@example.com sets the password here, once, until .*Z:\nhttps:.*#dbl_\S+\n$/,
    )
    const reset = await run('user', 'reset', 'OLGA@example.com')
    t.equal(reset.found['userId'], added.found['userId'])
    const password = 'seven owls on a tram'
    const before = await post('/api/auth/setup', { token: added.found['token'], password })
    t.equal(before.status, 404, 'of two the later counts')
    const set = await post('/api/auth/setup', { token: reset.found['token'], password })
    t.equal(set.status, 200)
    const signed = await logIn(api, { email: 'olga@example.com', password })
    t.match(dig(signed, 'data', 'user'), {
      organisation: 'shop',
      role: 'owner',
      organisations: [{ id: 'shop', name: 'Corner Shop', role: 'owner' }],
    })
    const caller = callerWith(signed)
    const settings = await server.get('/api/settings', caller)
    t.match(dig(settings, 'data'), { timeZone: 'Asia/Riyadh', baseCurrency: 'SAR' })

    const asOperator = ['user', 'add', 'olga@example.com', '--name', 'Olga', '--installation']
    const refused = await run(...asOperator)
    t.equal(refused.code, 5, 'whoever signs in may be anybody who took the address')
    t.match(refused.err, /Somebody signs in with this address already.*--existing/)
    const there = { email: 'olga@example.com', password, organisation: '_installation' }
    t.equal((await post('/api/auth/login', there)).status, 403, 'and is given nothing')
    const operates = await run(...asOperator, '--existing')
    t.same(operates.found, { userId: added.found['userId'] }, 'who has a password needs no token')
  },
)

t.test('members are listed with what they are', async (t) => {
  const members = await run('user', 'list', '--organisation', 'shop')
  t.match(members.found, [
    {
      name: 'Olga',
      email: 'olga@example.com',
      role: 'owner',
      status: 'active',
      since: /Z$/,
      lastSeenAt: /Z$/,
    },
  ])
  t.equal(Object.keys(members.found).length, 1)
  const { out } = await server.daybook('user', 'list', '--installation')
  t.match(out, /olga@example\.com +Olga +installation +active/)
})

t.test('who has left is erased, and the address may be another person’s', async (t) => {
  const added = (name: string, role: string) =>
    run('user', 'add', 'uri@example.com', '--name', name, '--organisation', 'shop', '--role', role)
  const erase = (email: string, reason = 'left') => run('user', 'erase', email, '--reason', reason)
  const uri = (await added('Uri', 'accountant')).found
  const lastOwner = await erase('olga@example.com')
  t.equal(lastOwner.code, 5)
  t.match(lastOwner.err, 'Nobody else owns shop')

  t.same(await erase('URI@example.com'), { code: 0, err: '', found: { userId: uri['userId'] } })
  const members = await server.daybook('user', 'list', '--organisation', 'shop')
  t.match(members.out, 'olga@example.com')
  t.notMatch(members.out, /uri/i)
  const link = { token: uri['token'], password: 'eight owls on a tram' }
  t.match(await post('/api/auth/setup', link), { status: 404 }, 'an old link opens nothing')
  const gone = await erase('uri@example.com')
  t.same([gone.code, /no such user/.test(gone.err)], [3, true], 'nobody has the address')
  const other = (await added('Another', 'auditor')).found
  t.not(other['userId'], uri['userId'])
})

t.test('what is asked wrongly is told, with what to do', async (t) => {
  for (const [words, code, told] of [
    [['org', 'create', 'Not An Id', '--name', 'X'], 2, 'id: must be lower-case letters'],
    [['org', 'create', 'shop', '--name', 'Another'], 5, 'exists and was set up otherwise'],
    [['user', 'add', 'nobody', '--name', 'X'], 2, 'email: must be an e-mail address'],
    [['user', 'add', 'a@example.com', '--name', 'X'], 2, 'Give --organisation and --role'],
    [['user', 'list'], 2, 'Give --organisation, or --installation'],
    [['user', 'reset', 'nobody@example.com'], 3, 'There is no such user'],
    [['user', 'erase', 'nobody@example.com', '--reason', 'left'], 3, 'There is no such user'],
    [['user', 'erase', 'olga@example.com', '--reason', 'bored'], 2, 'reason: must be one of left'],
  ] as const) {
    const { code: ended, err } = await run(...words)
    t.equal(ended, code, words.join(' '))
    t.match(err, told)
  }
})
