import { readFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * Everything that can be set from outside, read once at the start. With the entry points this is the
 * only reader of the environment; the rest of the program is given what it needs.
 */

/**
 * What callers are to their organisation, and `installation`, who runs what all organisations share and
 * belongs to none; what each may do is the API's to say.
 */
export const roles = [
  'owner',
  'operator',
  'accountant',
  'analyst',
  'auditor',
  'service',
  'installation',
] as const
export type Role = (typeof roles)[number]

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
}

export interface Config {
  readonly role: ServerRole
  /** Folder of what stays on this machine: the embedded PostgreSQL, the master key, the tokens. */
  readonly dataDir: string
  readonly host: string
  readonly port: number
  /** Absent: the embedded PostgreSQL in the data folder. */
  readonly databaseUrl: string | undefined
  /** Absent: the log is kept in PostgreSQL. */
  readonly eventStoreDbUrl: string | undefined
  /** Each 32 bytes, the newest first; absent: the file `master.key` of the data folder. */
  readonly masterKeys: readonly Buffer[] | undefined
  /** Absent: the file `tokens.json` of the data folder. */
  readonly tokens: readonly CallerToken[] | undefined
  readonly logLevel: LogLevel
  readonly limits: Limits
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

// A list of several hosts, as EventStoreDB has it, is no URL to Node.
const url = (scheme: RegExp, example: string) =>
  z.string().regex(scheme, `must be a URL like ${example}`).optional()

/** The shape of `DAYBOOK_TOKENS` and of the file `tokens.json`. */
export const callerTokens = z.array(
  z
    .strictObject({
      token: z.string().min(16, 'must have at least 16 characters'),
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
  'must be a JSON array of {"token", "organisation", "actor", "role"}, each token at least 16 characters, each role one of ' +
  `${roles.join(', ')}; the role installation has no organisation`

export const MASTER_KEY_BYTES = 32

/** The shape of `DAYBOOK_MASTER_KEY` and of the file `master.key`. */
export const masterKeyTexts = z.string().transform(parseMasterKeys)

const environment = z.object({
  DAYBOOK_ROLE: z.enum(serverRoles, `must be one of ${serverRoles.join(', ')}`).default('all'),
  DAYBOOK_DATA: z.string().default('./.daybook'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535, 3000),
  DATABASE_URL: url(/^postgres(ql)?:\/\/\S+$/, 'postgres://user:password@host:5432/daybook').refine(
    (text) => text === undefined || URL.canParse(text),
    'is not a URL',
  ),
  EVENTSTOREDB_URL: url(/^esdb(\+discover)?:\/\/\S+$/, 'esdb://host:2113?tls=false'),
  DAYBOOK_MASTER_KEY: masterKeyTexts.optional(),
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
    databaseUrl: found.DATABASE_URL,
    eventStoreDbUrl: found.EVENTSTOREDB_URL,
    masterKeys: found.DAYBOOK_MASTER_KEY,
    tokens: found.DAYBOOK_TOKENS,
    logLevel: found.LOG_LEVEL,
    limits: {
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
    },
  }
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
const SECRET = new Set(['DATABASE_URL', 'EVENTSTOREDB_URL', 'DAYBOOK_MASTER_KEY', 'DAYBOOK_TOKENS'])

function explain(error: z.ZodError, env: Environment): string {
  const lines = error.issues.map((issue) => {
    const variable = String(issue.path[0])
    const given = SECRET.has(variable) ? '' : ` (it is ${JSON.stringify(env[variable])})`
    return `${variable} ${issue.message}${given}`
  })
  return `${[...new Set(lines)].join('\n')}\nChange or unset what is named above and start again.`
}
