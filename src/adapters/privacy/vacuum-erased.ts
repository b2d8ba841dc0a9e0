import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'
import { NotReadYet } from '#commands/privacy/documents-of-person.ts'
import type { EventStore } from '#log/event-store.ts'
import type { Projection, Table } from '#projections/engine/projection.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { tableName } from '#projections/engine/schema.ts'
import { FOLLOWED } from '#projections/engine/schema-name.ts'

export interface VacuumDeps {
  readonly database: Pick<Database, 'connect'>
  readonly engine: Pick<ProjectionEngine, 'waitFor'>
  readonly log: Pick<EventStore, 'head'>
  readonly projections: readonly Projection[]
  readonly deadlineMs: number
}

/** Up to here a table is written anew, which takes a fraction of a second in which it is locked. */
const ANEW_UP_TO_BYTES = 16 * 2 ** 20
/** Longer than a query may take. */
const WAIT_FOR_READERS_MS = 20_000
const LOCK_NOT_AVAILABLE = '55P03'
const GONE = new Set(['42P01', '3F000'])

/** Some transaction began before somebody was erased, and PostgreSQL keeps for it what it may still read. */
export class StillSeen extends Error {
  override readonly name = 'StillSeen'
}

/**
 * Takes what was written of erased people out of PostgreSQL's files, where emptied and deleted rows, and
 * destroyed keys, stay as their old versions. A small table is written anew, with its statistics. In a
 * larger one, or one that is read all the time, the place of such versions is set free, and may hold them
 * until it is used again. One table after the other: what is written anew would keep old versions of others.
 *
 * @returns what may throw NotReadYet, and StillSeen: it is to be done again then.
 */
export function vacuumErased(deps: VacuumDeps): () => Promise<void> {
  return async () => {
    const holding = deps.projections.filter(({ tables }) => tables.some(holdsPersons))
    await untilEmptied(deps, holding)
    const client = await deps.database.connect('engine', { name: 'daybook vacuum' })
    try {
      const isSeen = await isStillSeen(client)
      for (const table of tablesBeside) await vacuumTable(client, table)
      for (const projection of holding) await vacuumProjection(client, projection)
      if (isSeen) throw new StillSeen('A transaction that began before still sees erased rows')
    } finally {
      await client.end()
    }
  }
}

/**
 * What is of persons and in no projection: wrapped keys, and hashes of a password, of addresses of e-mail and
 * of the network.
 */
const tablesBeside = [
  'daybook.subject_key',
  'identity.password',
  'identity.known_address',
  'identity.sign_in_attempts',
]

/** Whether old versions of a table's rows tell of who is erased. */
export function holdsPersons({ columns, forgets = false }: Table): boolean {
  return forgets || Object.values(columns).some(({ personal }) => personal !== undefined)
}

async function untilEmptied(
  { engine, log, deadlineMs }: VacuumDeps,
  projections: readonly Projection[],
): Promise<void> {
  const head = await log.head()
  if (head === undefined) return
  for (const { name } of projections) {
    if (!(await engine.waitFor(name, head, deadlineMs)).reached) throw new NotReadYet(name)
  }
}

/** Waits for whoever reads what was there before; false once there is nobody. */
async function isStillSeen(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ xid: string }>(
    'select pg_current_xact_id()::xid::text as xid',
  )
  await client.query('reset role')
  const end = performance.now() + WAIT_FOR_READERS_MS
  for (;;) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
       and greatest(age(backend_xmin), age(backend_xid)) > age($1::text::xid) limit 1`,
      [rows[0]?.xid],
    )
    if (rowCount === 0 || performance.now() > end) return rowCount !== 0
    await sleep(100)
  }
}

async function vacuumProjection(client: pg.Client, projection: Projection): Promise<void> {
  for (const slot of FOLLOWED) {
    for (const table of projection.tables.filter(holdsPersons)) {
      try {
        await vacuumTable(client, tableName(projection, slot, table))
      } catch (error) {
        // There is no kept version, or it was dropped or swapped just now.
        if (!GONE.has(codeOf(error))) throw error
      }
    }
  }
}

async function vacuumTable(client: pg.Client, target: string): Promise<void> {
  if (!(await wasWrittenAnew(client, target))) await client.query(`vacuum (analyze) ${target}`)
}

/** Nobody waits for longer than a second for the lock. */
async function wasWrittenAnew(client: pg.Client, target: string): Promise<boolean> {
  const { rows } = await client.query<{ isSmall: boolean }>(
    'select pg_table_size($1::regclass) <= $2 as "isSmall"',
    [target, ANEW_UP_TO_BYTES],
  )
  if (rows[0]?.isSmall !== true) return false
  await client.query(`set lock_timeout = '1s'`)
  try {
    await client.query(`vacuum (full, analyze) ${target}`)
    return true
  } catch (error) {
    if (codeOf(error) === LOCK_NOT_AVAILABLE) return false
    throw error
  } finally {
    await client.query('reset lock_timeout')
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
