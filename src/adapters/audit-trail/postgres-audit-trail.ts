import type pg from 'pg'
import type {
  Accessed,
  AccessRow,
  AuditTrail,
  RefusalRow,
  RefusalSearch,
  Refused,
  TrailSearch,
} from '#commands/audit-trail.ts'
import { type TrailTable, TrailWriter, type TrailWriterDeps } from './trail-writer.ts'

const entryColumns = [
  'at',
  'organisation',
  'actor',
  'role',
  'method',
  'route',
  'status',
  'request_id',
  'count',
  'last_at',
] as const

const refusal: TrailTable<Refused> = {
  name: 'refusal',
  columns: [...entryColumns, 'code', 'command_id', 'key_hash', 'facts', 'fields'],
  kindOf: (entry) => ({
    ...entry,
    request_id: null,
    command_id: null,
    key_hash: null,
    facts: null,
    fields: null,
  }),
}
const access: TrailTable<Accessed> = {
  name: 'access',
  columns: [...entryColumns, 'asked', 'rows'],
  kindOf: (entry) => ({ ...entry, request_id: null, asked: null, rows: null }),
}

/** The tables `daybook.refusal` and `daybook.access`. */
export function createPostgresAuditTrail(deps: {
  readonly pool: pg.Pool
  readonly warn: TrailWriterDeps['warn']
}): AuditTrail {
  const refusals = new TrailWriter(refusal, deps)
  const accesses = new TrailWriter(access, deps)
  return {
    refused: (entry) => refusals.add(entry),
    accessed: (entry) => accesses.add(entry),
    refusals: (search) => findRefusals(deps.pool, search),
    accesses: (search) => find<AccessRow>(deps.pool, access, search, []),
    async close() {
      await Promise.all([refusals.close(), accesses.close()])
    },
  }
}

async function findRefusals(pool: pg.Pool, search: RefusalSearch): Promise<readonly RefusalRow[]> {
  return find<RefusalRow>(pool, refusal, search, [
    ['code =', search.code],
    ['command_id =', search.commandId],
    ['key_hash =', search.keyHash],
  ])
}

type Condition = readonly [left: string, value: string | undefined]

async function find<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  table: { readonly name: string; readonly columns: readonly string[] },
  search: TrailSearch,
  more: readonly Condition[],
): Promise<readonly Row[]> {
  const conditions: readonly Condition[] = [
    ['actor =', search.actor],
    ['route =', search.route],
    ['last_at >=', search.from],
    ['at <', search.to],
    ['id <', search.before],
    ...more,
  ]
  const given = conditions.filter(([, value]) => value !== undefined)
  const where = given.map(([left], i) => ` and ${left} $${i + 3}`).join('')
  const { rows } = await pool.query<Row>(
    `select id, ${table.columns.join(', ')} from daybook.${table.name}
     where organisation in ($1, '')${where} order by id desc limit $2`,
    [search.organisation, search.limit, ...given.map(([, value]) => value)],
  )
  return rows
}
