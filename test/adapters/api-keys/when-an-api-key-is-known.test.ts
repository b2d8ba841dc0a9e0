import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { createPostgresApiKeys } from '#adapters/api-keys/postgres-api-keys.ts'
import { apiKeyCallers } from '#api/identity/api-key-callers.ts'
import { apiKeyHash, newApiKeyToken } from '#commands/identity/api-key-token.ts'
import { issueApiKey } from '#commands/identity/issue-api-key.ts'
import { revokeApiKey } from '#commands/identity/revoke-api-key.ts'
import { apiKey } from '#domain/identity/api-key.ts'
import { contextOf, emptyInstallation, opened } from '#test/support/installation.ts'
import { openClient } from '#test/support/open-client.ts'
import { eventually } from '#test/support/server.ts'
import type { Daybook } from '../../../src/composition.ts'

const till = { name: 'Till 2', role: 'service', grantable: ['read', 'write'] } as const

// Two programs on one installation.
const config = await emptyInstallation(t, {})
const here = await opened(t, config)
const there = await opened(t, config)

async function issued(by: Daybook, more: { readonly expiresAt?: string } = {}) {
  const { token = '', events } = await issueApiKey(by, { ...till, ...more }, contextOf())
  const apiKeyId = events[0]?.data.apiKeyId ?? ''
  return { token, apiKeyId }
}

const isRemembered = ({ apiKeys }: Daybook, token: string): boolean => {
  const found = apiKeys.find(token)
  if (found instanceof Promise) found.catch(() => undefined)
  return found !== undefined && !(found instanceof Promise)
}
const untilRemembered = (by: Daybook, token: string) =>
  eventually('it is remembered', async () => {
    await by.apiKeys.find(token)
    return isRemembered(by, token)
  })

/** A pool that counts what it is asked. */
function counting(pool: pg.Pool) {
  const asked: string[] = []
  const query = (question: string | { readonly text: string }, values: unknown[]) => {
    asked.push(typeof question === 'string' ? question : question.text)
    return pool.query(question as string, values)
  }
  return { asked, pool: { query } as unknown as pg.Pool }
}

/** The keys of a program whose questions are counted. */
function counted(t: Test, daybook: Daybook, handler: Pick<Daybook['handler'], 'load'>) {
  const { asked, pool } = counting(daybook.database.writer)
  const keys = createPostgresApiKeys({
    database: { writer: pool, connect: (...as) => daybook.database.connect(...as) },
    handler,
    clock: daybook.clock,
    warn(message, cause) {
      throw new Error(message, { cause })
    },
  })
  t.teardown(() => keys.close())
  return { asked, keys }
}

t.test('every process hears that a key was revoked', async (t) => {
  const { token, apiKeyId } = await issued(here)
  const other = await issued(here)
  for (const one of [here, there]) {
    await untilRemembered(one, token)
    await untilRemembered(one, other.token)
  }
  await revokeApiKey(here, apiKeyId, contextOf())
  t.match(await here.apiKeys.find(token), { isRevoked: true }, 'at once by whom it was revoked')
  await eventually('the other process knows', async () => {
    const found = await there.apiKeys.find(token)
    return found?.isRevoked === true
  })
  t.ok(isRemembered(there, other.token), 'other keys are remembered as they were')
})

t.test('who does not hear relies on nothing that is remembered', async (t) => {
  const { token, apiKeyId } = await issued(here)
  await untilRemembered(there, token)
  const login = await openClient(t, config.databaseUrl ?? '')
  await login.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'daybook api keys' and datname = current_database()`,
  )
  // What is told while nobody hears is missed.
  await revokeApiKey(here, apiKeyId, contextOf())
  await eventually('it is looked up', async () => {
    const found = await there.apiKeys.find(token)
    return found?.isRevoked === true
  })
})

t.test('what was looked up before something was heard is not remembered', async (t) => {
  const { token, apiKeyId } = await issued(here)
  let meanwhile = async (): Promise<void> => undefined
  const handler: Pick<Daybook['handler'], 'load'> = {
    async load(...asked) {
      const found = await here.handler.load(...asked)
      await meanwhile()
      return found
    },
  }
  const { keys } = counted(t, here, handler)
  await eventually('it is remembered', async () => {
    await keys.find(token)
    return !(keys.find(token) instanceof Promise)
  })
  await keys.changed(apiKeyId)
  meanwhile = async () => {
    meanwhile = async () => undefined
    await revokeApiKey({ handler: here.handler, apiKeys: keys }, apiKeyId, contextOf())
  }
  t.match(await keys.find(token), { isRevoked: false }, 'as it was when the log was read')
  t.match(await keys.find(token), { isRevoked: true })
})

t.test('a key that nobody has costs next to nothing, however many are tried', async (t) => {
  const { asked, keys } = counted(t, here, here.handler)
  const real = await issued(here)
  const guesses = Array.from({ length: 1000 }, newApiKeyToken)
  const answers = await Promise.all([...guesses, real.token].map(async (token) => keys.find(token)))
  t.ok(answers.slice(0, -1).every((found) => found === undefined))
  t.match(answers.at(-1), { apiKeyId: real.apiKeyId, organisation: 'main', role: 'service' })
  t.ok(asked.length <= 3, `${asked.length} questions for 1,001 keys`)
  asked.length = 0
  for (const token of guesses) t.notOk(keys.find(token), 'at once')
  for (const text of ['dbk_', `${real.token}x`, real.token.replace(/.$/, '_')]) {
    t.notOk(keys.find(text), text)
  }
  t.same(asked, [])
})

t.test('a hash opens nothing while the log knows of no such key', async (t) => {
  const { apiKeyId } = await issued(here)
  const [never, lost] = [newApiKeyToken(), newApiKeyToken()]
  const owner = { organisation: 'main', apiKeyId }
  await here.apiKeys.keep(apiKeyHash(never), { ...owner, apiKeyId: randomUUID() })
  await here.apiKeys.keep(apiKeyHash(lost), owner)
  t.equal(await here.apiKeys.find(never), undefined, 'it was about to be issued')
  t.equal(await here.apiKeys.find(lost), undefined, 'another attempt issued it')
})

t.test('a key in another organisation’s name is its own', async (t) => {
  const { apiKeyId } = await issued(here)
  const token = newApiKeyToken()
  await here.apiKeys.keep(apiKeyHash(token), { organisation: 'other', apiKeyId })
  t.equal(await here.apiKeys.find(token), undefined)
  t.strictSame([...(await here.apiKeys.lastUsed('other', [apiKeyId]))], [])
})

t.test('when the database is away, no key is taken for unknown', async (t) => {
  const { token } = await issued(here)
  let isAway = true
  const { keys } = counted(t, here, {
    load(...asked) {
      if (isAway) throw new Error('no connection')
      return here.handler.load(...asked)
    },
  })
  await t.rejects(async () => keys.find(token), /no connection/)
  isAway = false
  t.match(await keys.find(token), { isRevoked: false })
})

t.test('a key is one until the millisecond in which it expires', async (t) => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const { token, apiKeyId } = await issued(here, { expiresAt })
  const at = (ms: number) =>
    apiKeyCallers(here.apiKeys, () => new Date(Date.parse(expiresAt) + ms).toISOString())(token)
  await untilRemembered(here, token)
  t.match(at(-1), { actor: `key:${apiKeyId}`, kind: 'machine', organisation: 'main' })
  for (const late of [0, 1, 1e12]) t.throws(() => at(late), { code: 'API_KEY_EXPIRED' })
})

t.test('of two processes that issue one key, one shows it', async (t) => {
  const asked = contextOf('the same')
  const both = await Promise.all([here, there].map((one) => issueApiKey(one, till, asked)))
  const shown = both.flatMap(({ token = [] }) => token)
  t.equal(shown.length, 1)
  t.match(await here.apiKeys.find(shown[0] ?? ''), { isRevoked: false })
  const id = both[0]?.events[0]?.data.apiKeyId ?? ''
  const hashes = 'select from identity.api_key where api_key_id = $1'
  const { rows } = await here.database.writer.query(hashes, [id])
  t.equal(rows.length, 1, 'what was not issued leaves nothing')
  const { state } = await there.handler.load(apiKey, 'main', id)
  t.match(state, { status: 'issued', prefix: shown[0]?.slice(0, 12) })
})

t.test('uses are noted behind, together, and the latest stays', async (t) => {
  const { asked, keys } = counted(t, here, here.handler)
  const both = [await issued(here), await issued(here), await issued(here)] as const
  const found = await Promise.all(both.map(async ({ token }) => keys.find(token)))
  asked.length = 0
  for (let i = 0; i < 100; i += 1) for (const key of found) if (key !== undefined) keys.used(key)
  await keys.close()
  t.ok(asked.length <= 2, `${asked.length} notes of 300 uses`)
  const ids = both.map(({ apiKeyId }) => apiKeyId)
  const noted = await here.apiKeys.lastUsed('main', ids)
  t.same([...noted.keys()].toSorted(), ids.toSorted())
})
