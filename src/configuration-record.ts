import { hash } from 'node:crypto'
import type pg from 'pg'
import { noteMaintenance } from '#adapters/database/note-maintenance.ts'
import { inTransaction } from '#adapters/identity/in-transaction.ts'
import { placeOf } from '#adapters/log-home/home.ts'
import type { CallerToken, Config } from '#config'
import { programVersion } from './program-version.ts'

/** Settings by name, as they are told; those that are not set are absent. */
type Settings = Readonly<Record<string, string>>

/** What of each part of a configuration is told; null: what is each machine's own, or a secret's place. */
const told: Readonly<Record<keyof Config, ((config: Config) => Settings) | null>> = {
  role: null,
  dataDir: null,
  host: null,
  port: null,
  logLevel: null,
  secretFiles: null,
  databaseUrl: ({ databaseUrl: url }) => ({
    database: url === undefined ? 'embedded' : placeOf(url),
  }),
  eventStoreDbUrl: ({ eventStoreDbUrl: url }) => ({
    log: url === undefined ? 'postgres' : placeOf(url),
  }),
  masterKeys: ({ masterKeys: keys }) => ({
    masterKeys: keys === undefined ? 'file' : 'configuration',
  }),
  publicUrl: ({ publicUrl }) => (publicUrl === undefined ? {} : { publicUrl }),
  // Of one start alone, and somebody's address.
  firstStart: null,
  erasuresFile: ({ erasuresFile }) => ({ erasures: erasuresFile }),
  // Who may call as whom; the tokens themselves are secrets.
  tokens: ({ tokens }) => (tokens === undefined ? {} : { tokens: callersOf(tokens) }),
  limits: ({ limits }) => each('limits', limits),
  network: ({ network }) => each('network', network),
  openIdConnect: ({ openIdConnect }) => {
    if (openIdConnect === undefined) return {}
    const { clientSecret: _, ...rest } = openIdConnect
    return each('openIdConnect', rest)
  },
}

function callersOf(tokens: readonly CallerToken[]): string {
  const callers = tokens.map(({ actor, role, organisation }) =>
    `${actor} ${role} ${organisation}`.trim(),
  )
  return callers.toSorted().join(', ')
}

function each(part: string, values: object): Settings {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${part}.${name}`, String(value)]),
  )
}

/** What of a configuration is told to auditors: no secret, and nothing that is of one machine only. */
export function settingsOf(config: Config): Settings {
  return Object.assign({}, ...Object.values(told).map((tell) => tell?.(config)))
}

/**
 * Holds the configuration beside that which a server of the same role was started with last, and lets what
 * differs become an event. The first is only remembered: nothing was changed.
 */
export async function noteConfiguration(pool: pg.Pool, config: Config): Promise<void> {
  const settings = settingsOf(config)
  await inTransaction(pool, async (client) => {
    // One at a time, so that each is compared with the one before it.
    await client.query('lock table daybook.configuration in share row exclusive mode')
    const { rows } = await client.query<{ settings: Settings }>(
      'select settings from daybook.configuration where role = $1',
      [config.role],
    )
    const [before] = rows
    const changes = before === undefined ? [] : changesBetween(before.settings, settings)
    if (before !== undefined && changes.length === 0) return
    await client.query(
      `insert into daybook.configuration (role, settings) values ($1, $2)
       on conflict (role) do update set settings = excluded.settings`,
      [config.role, settings],
    )
    if (changes.length === 0) return
    const data = { role: config.role, program: programVersion, changes }
    await noteMaintenance(client, { type: 'ConfigurationChanged', data }, null)
  })
}

function changesBetween(before: Settings, after: Settings) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].toSorted().flatMap((setting) => {
    const [from = null, to = null] = [before[setting], after[setting]]
    return from === to ? [] : [{ setting, from: shortened(from), to: shortened(to) }]
  })
}

/** An event holds no more of a value, which callers by the hundred make long; its hash tells it from others. */
const TOLD_MOST = 9000

function shortened(value: string | null): string | null {
  if (value === null || value.length <= TOLD_MOST) return value
  return `${value.slice(0, TOLD_MOST)}… (SHA-256 of all of it: ${hash('sha256', value)})`
}
