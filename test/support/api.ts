import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { argon2Passwords } from '#adapters/identity/argon2-passwords.ts'
import { buildApp } from '#api/app.ts'
import type { App } from '#api/app-type.ts'
import { bearerTokens, configuredTokens } from '#api/authentication.ts'
import { accessTokens } from '#api/identity/access-tokens.ts'
import { apiKeyCallers } from '#api/identity/api-key-callers.ts'
import { readConfig } from '#config'
import { type Role } from '#domain/identity/roles.ts'
import { composeDaybook, type Daybook } from '../../src/composition.ts'
import { logEnvironment } from './chosen-log.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { dataFolder } from './private-postgres.ts'
import { installation, owner, stranger, type TestCaller } from './server.ts'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

export const auditor: TestCaller = {
  token: 'auditor-of-main-000000000',
  organisation: 'main',
  actor: 'alma',
  role: 'auditor',
}
export const operator: TestCaller = {
  token: 'operator-of-main-00000000',
  organisation: 'main',
  actor: 'omar',
  role: 'operator',
}

const ofMain = (role: Role): TestCaller => {
  const token = `${role}-of-main`.padEnd(25, '0')
  return { token, organisation: 'main', actor: `the-${role}`, role }
}

/** Somebody of each role: all of `main`, but for whoever runs the installation. */
export const callers: Readonly<Record<Role, TestCaller>> = {
  owner,
  operator,
  accountant: ofMain('accountant'),
  analyst: ofMain('analyst'),
  auditor,
  service: ofMain('service'),
  installation,
}

/** An answer of the API, its body looked into as far as a test needs. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

export interface Call {
  readonly body?: unknown
  readonly key?: string
  readonly caller?: TestCaller | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole API in this process, over a real PostgreSQL, spoken to without a socket. */
export interface TestApi {
  readonly app: App
  readonly daybook: Daybook
  readonly database: TestDatabase
  call(method: Method, path: string, call?: Call): Promise<ApiAnswer>
  get(path: string, call?: Call): Promise<ApiAnswer>
  /** Fails unless it is accepted. */
  post(path: string, body: unknown, call?: Omit<Call, 'body'>): Promise<ApiAnswer>
  /** Waits until every read model knows everything that the log holds. */
  caughtUp(): Promise<void>
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export async function testApi(
  t: Teardown,
  environment: Record<string, string> = {},
  clock?: () => string,
): Promise<TestApi> {
  const database = await testDatabase(t)
  const logger = pino({ level: environment['LOG_LEVEL'] ?? 'silent' })
  const config = readConfig({
    DAYBOOK_DATA: dataFolder(t),
    DAYBOOK_MASTER_KEY: randomBytes(32).toString('base64'),
    // A test that asks much, on a machine with much else to do, must not look like too much work.
    DAYBOOK_EVENT_LOOP_DELAY_MS: '0',
    DAYBOOK_CALLER_REQUESTS_PER_MINUTE: '1000000000',
    DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: '1000000000',
    ...(await logEnvironment(t)),
    ...environment,
  })
  // The test closes the database itself.
  const shared = { ...database.database, close: async () => undefined }
  const daybook = await composeDaybook(config, logger, shared, clock)
  const configuredCallers = [...Object.values(callers), stranger]
  const configured = configuredTokens(configuredCallers)
  const apiKey = apiKeyCallers(daybook.apiKeys, daybook.clock)
  const accessToken = accessTokens(daybook.identity.sessions)
  const authenticate = bearerTokens({ accessToken, apiKey, configured })
  const { limits, network, role } = config
  // Passwords that cost next to nothing: how slow they are is a test of its own.
  const passwordHashing = argon2Passwords({ memory: 64, passes: 1, parallelism: 1 })
  const identity = { ...daybook.identity, passwordHashing }
  const app = await buildApp({
    ...daybook,
    identity,
    authenticate,
    configuredCallers,
    limits,
    network,
    role,
  })
  t.teardown(async () => {
    await app.close()
    await daybook.close()
  })
  if (config.role !== 'api') {
    await daybook.engine.start()
    daybook.processes.start()
  }
  return apiOver(app, daybook, database)
}

function apiOver(app: App, daybook: Daybook, database: TestDatabase): TestApi {
  const call = async (method: Method, url: string, asked: Call = {}): Promise<ApiAnswer> => {
    const { body, key, caller = owner, headers = {} } = asked
    const answer = await app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${caller.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: textOf(body) }),
    })
    const found = answer.headers as Readonly<Record<string, string | undefined>>
    const isJson = /^application\/(problem\+)?json/.test(found['content-type'] ?? '')
    const json: unknown = isJson && answer.body !== '' ? JSON.parse(answer.body) : answer.body
    return { status: answer.statusCode, headers: found, body: json }
  }
  return {
    app,
    daybook,
    database,
    call,
    get: (path, asked) => call('GET', path, asked),
    post: async (path, body, asked) => {
      const answer = await call('POST', path, { ...asked, body })
      if (answer.status < 300) return answer
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    },
    caughtUp: () => caughtUp(daybook),
  }
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

async function caughtUp({ log, engine }: Daybook): Promise<void> {
  const head = await log.head()
  if (head === undefined) return
  for (const { name } of await engine.status()) {
    const { reached } = await engine.waitFor(name, head, 60_000)
    if (!reached) throw new Error(`${name} did not catch up`)
  }
}
