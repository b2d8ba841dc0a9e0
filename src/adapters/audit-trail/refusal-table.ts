import type pg from 'pg'
import type { Refused } from '#commands/audit-trail.ts'
import type { Counted } from '#commands/trail-buffer.ts'
import type { Unwritten } from '#commands/written-behind.ts'

type Pool = Pick<pg.Pool, 'query'>
type Warn = (message: string, cause: unknown) => void

/** Of an entry, what the table keeps. */
export const columns = [
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
  'code',
  'command_id',
  'key_hash',
  'facts',
  'fields',
] as const satisfies readonly (keyof Counted<Refused>)[]

/** Per organisation; the oldest go. */
const KEPT_ROWS = 200_000
const KEPT_DAYS = 400
/** After how many rows the oldest are looked for again. */
const PRUNE_EVERY = 5000

/** Writes refusals to `daybook.refusal`, all or none, and lets the oldest go. */
export function refusalTable(pool: Pool, warn: Warn) {
  const sincePruned = new Map<string, number>()
  return async (entries: readonly Counted<Refused>[]): Promise<readonly Unwritten<Refused>[]> => {
    try {
      await insert(pool, entries)
    } catch (error) {
      return entries.map((entry) => ({ entry, error }))
    }
    await prune(pool, entries, sincePruned).catch((error: unknown) =>
      warn('the oldest of refusal were not let go', error),
    )
    return []
  }
}

async function insert(pool: Pool, entries: readonly Counted<Refused>[]): Promise<void> {
  const list = columns.join(', ')
  await pool.query({
    name: 'trail-refusal',
    text: `insert into daybook.refusal (${list})
           select ${list} from json_populate_recordset(null::daybook.refusal, $1::json)`,
    values: [JSON.stringify(entries, storable)],
  })
}

async function prune(
  pool: Pool,
  entries: readonly Counted<Refused>[],
  sincePruned: Map<string, number>,
): Promise<void> {
  for (const [organisation, { length }] of Map.groupBy(entries, (entry) => entry.organisation)) {
    const rows = (sincePruned.get(organisation) ?? PRUNE_EVERY) + length
    sincePruned.set(organisation, rows < PRUNE_EVERY ? rows : 0)
    if (rows < PRUNE_EVERY) continue
    await pool.query(
      `delete from daybook.refusal where organisation = $1 and (
         at < now() - make_interval(days => $2)
         or id <= (select id from daybook.refusal where organisation = $1
                   order by id desc offset $3 limit 1))`,
      [organisation, KEPT_DAYS, KEPT_ROWS],
    )
  }
}

/** Text as PostgreSQL takes it. */
function storable(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value
}
