import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import { z } from 'zod'
import { isTimeZone } from '#domain/dates.ts'
import { type Role, roles } from '#domain/identity/roles.ts'
import { isCurrency } from '#domain/money/currencies.ts'
import { language } from '#domain/organisation/settings.ts'

/**
 * Everything that can be set from outside, read once at the start. With the entry points this is the
 * only reader of the environment; the rest of the program is given what it needs.
 */

/** How tokens begin that Daybook makes; by it they are told apart, and from those of the configuration. */
export const tokenPrefixes = { accessToken: 'dba_', apiKey: 'dbk_' } as const

/** A caller known from the configuration: whoever presents the token is this actor. */
export interface CallerToken {
  readonly token: string
  /** Empty for the role `installation`. */
  readonly organisation: string
  readonly actor: string
  readonly role: Role
}

/**
 * What a process does among several on one log. `api`: serves commands and queries. `projector`: follows
 * the log with projections and processes, of which each is run by one projector at a time. `all`: both.
 */
export const serverRoles = ['api', 'projector', 'all'] as const
export type ServerRole = (typeof serverRoles)[number]

export interface Limits {
  /** Largest request body, in bytes. */
  readonly bodyBytes: number
  /** Rows of a list when the caller asks for no number. */
  readonly pageSize: number
  /** Rows of a list at most. */
  readonly pageSizeMax: number
  /** Connections for queries, for commands and for the engine. */
  readonly readerConnections: number
  readonly writerConnections: number
  readonly engineConnections: number
  /** How long a command may take before its caller is told to try again, in milliseconds. */
  readonly commandDeadlineMs: number
  /** How long a query waits for its `min_position` before it answers as stale, in milliseconds. */
  readonly waitDeadlineMs: number
  /** Longest single statement of a query, in milliseconds. */
  readonly queryDeadlineMs: number
  /** Commands waiting in this process at most; beyond it callers are told to come back. */
  readonly commandsWaiting: number
  /** Aggregates whose state this process keeps in memory. */
  readonly cachedStates: number
  /** Requests in hand at once in this process; beyond it callers are told to come back. */
  readonly requestsAtOnce: number
  /** Requests of one caller in a minute, of whatever kind; a bulk is one. 0: as many as they like. */
  readonly callerRequestsPerMinute: number
  /** Requests in a minute from one address (of IPv6, one /64) that no known caller sent. 0: as many as they like. */
  readonly addressRequestsPerMinute: number
  /** How late the process may be with all it does, over a second, before it takes no more, in milliseconds. 0: ever so late. */
  readonly eventLoopDelayMs: number
  /** How long a request may take to arrive, in milliseconds. */
  readonly requestTimeoutMs: number
  /** How long a connection is kept without a request, in milliseconds; longer than a proxy in front keeps it. */
  readonly keepAliveTimeoutMs: number
}

/** Who stands between this program and its callers. */
export interface Network {
  /** Addresses, or ranges of them, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** Origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[]
}

/** Where people may sign in beside here, by OpenID Connect. */
export interface OpenIdConnectConfig {
  /** Of HTTPS, or of this machine. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Where people come back to, as it is registered with the provider. */
  readonly redirectUri: string
  /** The provider's word is taken for whose an e-mail address is. */
  readonly isTrustedWithEmail: boolean
}

/** The organisation and its owner that the first start makes; afterwards nobody looks at it. */
export interface FirstStart {
  readonly ownerEmail: string
  readonly organisationName: string
  /** Undefined: as for every organisation that says nothing of it. */
  readonly timeZone: string | undefined
  readonly baseCurrency: string | undefined
  readonly language: z.output<typeof language> | undefined
}

export interface Config {
  readonly role: ServerRole
  /** Folder of what stays on this machine: the embedded PostgreSQL, the master key, the tokens. */
  readonly dataDir: string
  readonly host: string
  readonly port: number
  /** The origin at which browsers reach the API. Absent: this machine, at `port`. */
  readonly publicUrl: string | undefined
  readonly firstStart: FirstStart
  /** Absent: the embedded PostgreSQL in the data folder. */
  readonly databaseUrl: string | undefined
  /** Absent: the log is kept in PostgreSQL. */
  readonly eventStoreDbUrl: string | undefined
  /** Each 32 bytes, the newest first; absent: the file `master.key` of the data folder. */
  readonly masterKeys: readonly Buffer[] | undefined
  /** The list of erasures, which must outlive the database: `erasures.ndjson` of the data folder unless set. */
  readonly erasuresFile: string
  /** Absent: people sign in, and programs have keys; and the file `tokens.json` of an earlier version. */
  readonly tokens: readonly CallerToken[] | undefined
  /** The files that secrets were read from. */
  readonly secretFiles: readonly string[]
  readonly logLevel: LogLevel
  readonly limits: Limits
  readonly network: Network
  /** Absent: people sign in with their passwords alone. */
  readonly openIdConnect: OpenIdConnectConfig | undefined
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** The configuration cannot be used; the message names each variable, the rule and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

const wholeNumber = (least: number, most: number, fallback: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+$/, rule)
    .transform(Number)
    .pipe(z.int(rule).min(least, rule).max(most, rule))
    .optional()
    .transform((value) => value ?? fallback)
}

const list = (isItem: (text: string) => boolean, rule: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((item) => item.trim()))
    .refine((items) => items.every(isItem), rule)
    .default([])

/** As `proxy-addr` reads it; but not everybody. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && (bits === undefined || (+bits > 0 && +bits <= (family === 4 ? 32 : 128)))
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

const CALLBACK = '/api/auth/oidc/callback'

/** What goes over the network is protected by TLS alone; what stays on the machine needs none. */
function isProtected(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username } = new URL(text)
  if (search + hash + username !== '' || text.length > 512) return false
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return protocol === 'https:' || (protocol === 'http:' && isHere)
}

const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((text) => text === 'true')

// A list of several hosts, as EventStoreDB has it, is no URL to Node.
const url = (scheme: RegExp, example: string) =>
  z.string().regex(scheme, `must be a URL like ${example}`).optional()

/** The shape of `DAYBOOK_TOKENS` and of the file `tokens.json`. */
export const callerTokens = z.array(
  z
    .strictObject({
      token: z
        .string()
        .min(16, 'must have at least 16 characters')
        .refine(
          (token) => !Object.values(tokenPrefixes).some((prefix) => token.startsWith(prefix)),
          `must not begin as the tokens that Daybook makes: ${Object.values(tokenPrefixes).join(', ')}`,
        ),
      organisation: z
        .string()
        .regex(
          /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
          'must be lower-case letters, digits and inner hyphens, at most 63',
        )
        .default(''),
      actor: z.string().min(1).max(64),
      role: z.enum(roles, `must be one of ${roles.join(', ')}`),
    })
    .refine(({ organisation, role }) => (organisation === '') === (role === 'installation'), {
      path: ['organisation'],
      error: 'must be left out for the role installation, and be there for every other',
    }),
)

const tokensRule =
  'must be a JSON array of {"token", "organisation", "actor", "role"}, each token at least 16 characters, none beginning with dba_ or dbk_, each role one of ' +
  `${roles.join(', ')}; the role installation has no organisation`

export const MASTER_KEY_BYTES = 32

/** The shape of `DAYBOOK_MASTER_KEY` and of the file `master.key`. */
export const masterKeyTexts = z.string().transform(parseMasterKeys)

const environment = z.object({
  DAYBOOK_ROLE: z.enum(serverRoles, `must be one of ${serverRoles.join(', ')}`).default('all'),
  DAYBOOK_DATA: z.string().default('./.daybook'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535, 3000),
  DAYBOOK_PUBLIC_URL: z
    .string()
    .refine(isOrigin, 'must be an origin like https://books.example, without a path')
    .optional(),
  DAYBOOK_OWNER_EMAIL: z
    .email('must be an e-mail address')
    .max(254, 'must have at most 254 characters')
    .default('owner@example.com'),
  DAYBOOK_ORGANISATION_NAME: z
    .string()
    .max(200, 'must have at most 200 characters')
    .default('Main'),
  DAYBOOK_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be a name of the IANA’s list, like Asia/Riyadh')
    .optional(),
  DAYBOOK_CURRENCY: z
    .string()
    .refine(isCurrency, 'must be a currency of ISO 4217, like SAR')
    .optional(),
  DAYBOOK_LANGUAGE: z.enum(language.options, 'must be en, ar or fa').optional(),
  DATABASE_URL: url(/^postgres(ql)?:\/\/\S+$/, 'postgres://user:password@host:5432/daybook').refine(
    (text) => text === undefined || URL.canParse(text),
    'is not a URL',
  ),
  EVENTSTOREDB_URL: url(/^esdb(\+discover)?:\/\/\S+$/, 'esdb://host:2113?tls=false'),
  DAYBOOK_MASTER_KEY: masterKeyTexts.optional(),
  DAYBOOK_ERASURES: z.string().optional(),
  DAYBOOK_TOKENS: z.string().transform(parseTokens).optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  DAYBOOK_BODY_BYTES: wholeNumber(1024, 256 * 1024 * 1024, 1024 * 1024),
  DAYBOOK_PAGE_SIZE: wholeNumber(1, 10_000, 50),
  DAYBOOK_PAGE_SIZE_MAX: wholeNumber(1, 10_000, 500),
  DAYBOOK_READER_CONNECTIONS: wholeNumber(1, 1000, 10),
  DAYBOOK_WRITER_CONNECTIONS: wholeNumber(1, 1000, 6),
  DAYBOOK_ENGINE_CONNECTIONS: wholeNumber(1, 1000, 6),
  DAYBOOK_COMMAND_DEADLINE_MS: wholeNumber(100, 600_000, 15_000),
  DAYBOOK_WAIT_DEADLINE_MS: wholeNumber(0, 600_000, 5000),
  DAYBOOK_QUERY_DEADLINE_MS: wholeNumber(100, 600_000, 15_000),
  DAYBOOK_COMMANDS_WAITING: wholeNumber(1, 1_000_000, 5000),
  DAYBOOK_CACHED_STATES: wholeNumber(0, 10_000_000, 20_000),
  DAYBOOK_REQUESTS_AT_ONCE: wholeNumber(1, 1_000_000, 10_000),
  DAYBOOK_CALLER_REQUESTS_PER_MINUTE: wholeNumber(0, 1_000_000_000, 300_000),
  DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: wholeNumber(0, 1_000_000_000, 6000),
  DAYBOOK_EVENT_LOOP_DELAY_MS: wholeNumber(0, 600_000, 2000),
  DAYBOOK_REQUEST_TIMEOUT_MS: wholeNumber(1000, 600_000, 60_000),
  DAYBOOK_KEEP_ALIVE_TIMEOUT_MS: wholeNumber(1000, 600_000, 72_000),
  DAYBOOK_TRUSTED_PROXIES: list(
    isProxy,
    'must be addresses or ranges like 10.0.0.0/8, or loopback, linklocal or uniquelocal, with commas between',
  ),
  DAYBOOK_CORS_ORIGINS: list(
    isOrigin,
    'must be origins like https://books.example, without a path, with commas between',
  ),
  DAYBOOK_OIDC_ISSUER: z
    .string()
    .refine(
      isProtected,
      'must be a URL like https://login.example, at most 512 characters; http only on this machine',
    )
    .optional(),
  DAYBOOK_OIDC_CLIENT_ID: z.string().optional(),
  DAYBOOK_OIDC_CLIENT_SECRET: z.string().optional(),
  DAYBOOK_OIDC_REDIRECT_URI: z
    .string()
    .refine(
      (text) => isProtected(text) && text.endsWith(CALLBACK),
      `must be a URL like https://books.example${CALLBACK}; http only on this machine`,
    )
    .optional(),
  DAYBOOK_OIDC_LINK_BY_EMAIL: yesOrNo,
})

/**
 * Reads the configuration. A variable that is set to nothing counts as absent. A secret may stand in the
 * file that its variable with `_FILE` names, as containers have it.
 *
 * @throws ConfigError naming every variable that cannot be used.
 */
export function readConfig(env: Environment): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const set = { ...given, ...secretsInFiles(given) }
  const parsed = environment.safeParse(set)
  if (!parsed.success) throw new ConfigError(explain(parsed.error, set))
  const found = parsed.data
  if (found.DAYBOOK_PAGE_SIZE > found.DAYBOOK_PAGE_SIZE_MAX) {
    throw new ConfigError('DAYBOOK_PAGE_SIZE must not be above DAYBOOK_PAGE_SIZE_MAX')
  }
  return {
    role: found.DAYBOOK_ROLE,
    dataDir: found.DAYBOOK_DATA,
    host: found.HOST,
    port: found.PORT,
    publicUrl: found.DAYBOOK_PUBLIC_URL,
    firstStart: {
      ownerEmail: found.DAYBOOK_OWNER_EMAIL,
      organisationName: found.DAYBOOK_ORGANISATION_NAME,
      timeZone: found.DAYBOOK_TIME_ZONE,
      baseCurrency: found.DAYBOOK_CURRENCY,
      language: found.DAYBOOK_LANGUAGE,
    },
    databaseUrl: found.DATABASE_URL,
    eventStoreDbUrl: found.EVENTSTOREDB_URL,
    masterKeys: found.DAYBOOK_MASTER_KEY,
    erasuresFile: found.DAYBOOK_ERASURES ?? path.join(found.DAYBOOK_DATA, 'erasures.ndjson'),
    tokens: found.DAYBOOK_TOKENS,
    secretFiles: [...SECRET].flatMap((name) => given[`${name}_FILE`] ?? []),
    logLevel: found.LOG_LEVEL,
    limits: limitsOf(found),
    network: {
      trustedProxies: found.DAYBOOK_TRUSTED_PROXIES,
      corsOrigins: found.DAYBOOK_CORS_ORIGINS,
    },
    openIdConnect: openIdConnectOf(found),
  }
}

/** @throws ConfigError when only some of what it takes is set. */
function openIdConnectOf(found: z.output<typeof environment>): OpenIdConnectConfig | undefined {
  const {
    DAYBOOK_OIDC_ISSUER: issuer,
    DAYBOOK_OIDC_CLIENT_ID: clientId,
    DAYBOOK_OIDC_CLIENT_SECRET: clientSecret,
    DAYBOOK_OIDC_REDIRECT_URI: redirectUri,
    DAYBOOK_OIDC_LINK_BY_EMAIL: isTrustedWithEmail,
  } = found
  const all = [issuer, clientId, clientSecret, redirectUri]
  if (all.every((one) => one === undefined) && !isTrustedWithEmail) return undefined
  if (!issuer || !clientId || !clientSecret || !redirectUri) {
    throw new ConfigError(
      'DAYBOOK_OIDC_ISSUER, DAYBOOK_OIDC_CLIENT_ID, DAYBOOK_OIDC_CLIENT_SECRET and DAYBOOK_OIDC_REDIRECT_URI belong together. Set all of them, or none of DAYBOOK_OIDC_….',
    )
  }
  return { issuer, clientId, clientSecret, redirectUri, isTrustedWithEmail }
}

function limitsOf(found: z.output<typeof environment>): Limits {
  return {
    bodyBytes: found.DAYBOOK_BODY_BYTES,
    pageSize: found.DAYBOOK_PAGE_SIZE,
    pageSizeMax: found.DAYBOOK_PAGE_SIZE_MAX,
    readerConnections: found.DAYBOOK_READER_CONNECTIONS,
    writerConnections: found.DAYBOOK_WRITER_CONNECTIONS,
    engineConnections: found.DAYBOOK_ENGINE_CONNECTIONS,
    commandDeadlineMs: found.DAYBOOK_COMMAND_DEADLINE_MS,
    waitDeadlineMs: found.DAYBOOK_WAIT_DEADLINE_MS,
    queryDeadlineMs: found.DAYBOOK_QUERY_DEADLINE_MS,
    commandsWaiting: found.DAYBOOK_COMMANDS_WAITING,
    cachedStates: found.DAYBOOK_CACHED_STATES,
    requestsAtOnce: found.DAYBOOK_REQUESTS_AT_ONCE,
    callerRequestsPerMinute: found.DAYBOOK_CALLER_REQUESTS_PER_MINUTE,
    addressRequestsPerMinute: found.DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE,
    eventLoopDelayMs: found.DAYBOOK_EVENT_LOOP_DELAY_MS,
    requestTimeoutMs: found.DAYBOOK_REQUEST_TIMEOUT_MS,
    keepAliveTimeoutMs: found.DAYBOOK_KEEP_ALIVE_TIMEOUT_MS,
  }
}

/** Where browsers reach the API: as was said, or else on this machine. */
export function publicUrlOf({ publicUrl, host, port }: Reached): string {
  if (publicUrl !== undefined) return publicUrl
  // Who listens on every address of this machine is reached at this one.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${isIP(name) === 6 ? `[${name}]` : name}:${port}`
}

type Reached = Pick<Config, 'publicUrl' | 'host' | 'port'>

/** The page on which a one-time token sets a password. Servers and proxies are told nothing of what follows the #. */
export function setupLink(reached: Reached, token: string): string {
  return `${publicUrlOf(reached)}/setup#${token}`
}

/** @throws ConfigError when a file cannot be read, or the variable is set as well. */
function secretsInFiles(env: Environment): Environment {
  const found = [...SECRET].flatMap((name) => {
    const file = env[`${name}_FILE`]
    if (file === undefined) return []
    if (env[name] !== undefined) {
      throw new ConfigError(`${name} and ${name}_FILE are both set. Unset one of them.`)
    }
    try {
      return [[name, readFileSync(file, 'utf8').trim()] as const]
    } catch (error) {
      throw new ConfigError(
        `${name}_FILE must name a file that can be read: ${(error as Error).message}`,
      )
    }
  })
  return Object.fromEntries(found)
}

function parseMasterKeys(text: string, context: z.RefinementCtx): readonly Buffer[] {
  const keys = text
    .trim()
    .split(/\s*[,\s]\s*/)
    .map((one) => Buffer.from(one, 'base64'))
  const wrong = keys.findIndex(({ length }) => length !== MASTER_KEY_BYTES)
  if (wrong !== -1) {
    const which = `key ${wrong + 1} of ${keys.length} holds ${keys[wrong]?.length}`
    context.addIssue({
      code: 'custom',
      message: `must be ${MASTER_KEY_BYTES} bytes in base64, or several such keys, the newest first, separated by commas or line breaks; ${which}. \`openssl rand -base64 32\` makes one`,
    })
    return z.NEVER
  }
  if (new Set(keys.map((key) => key.toString('base64'))).size < keys.length) {
    context.addIssue({ code: 'custom', message: 'holds the same key twice: leave one of them out' })
    return z.NEVER
  }
  return keys
}

function parseTokens(text: string, context: z.RefinementCtx): readonly CallerToken[] {
  try {
    const parsed = callerTokens.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
  } catch {
    // Not JSON: the same rule is broken.
  }
  context.addIssue({ code: 'custom', message: tokensRule })
  return z.NEVER
}

// Secrets are never shown back; everything else is, since the value is what the reader must mend.
const SECRET = new Set([
  'DATABASE_URL',
  'EVENTSTOREDB_URL',
  'DAYBOOK_MASTER_KEY',
  'DAYBOOK_TOKENS',
  'DAYBOOK_OIDC_CLIENT_SECRET',
])

function explain(error: z.ZodError, env: Environment): string {
  const lines = error.issues.map((issue) => {
    const variable = String(issue.path[0])
    const given = SECRET.has(variable) ? '' : ` (it is ${JSON.stringify(env[variable])})`
    return `${variable} ${issue.message}${given}`
  })
  return `${[...new Set(lines)].join('\n')}\nChange or unset what is named above and start again.`
}
