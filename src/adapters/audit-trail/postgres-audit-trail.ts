import type pg from 'pg'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import type { AuditTrail, RefusalRow, RefusalSearch, Refused } from '#commands/audit-trail.ts'
import { WrittenBehind } from '#commands/written-behind.ts'
import { columns, refusalTable } from './refusal-table.ts'

export interface AuditTrailDeps {
  readonly pool: pg.Pool
  readonly warn: (message: string, cause: unknown) => void
}

/** The table `daybook.refusal`. */
export function createPostgresAuditTrail({ pool, warn }: AuditTrailDeps): AuditTrail {
  const refusals = new WrittenBehind<Refused>({
    name: 'refusal',
    write: refusalTable(pool, warn),
    isAway: isDatabaseUnavailable,
    kindOf: (entry) => ({
      ...entry,
      request_id: null,
      command_id: null,
      key_hash: null,
      facts: null,
      fields: null,
    }),
    warn,
  })
  return {
    refused: (entry) => refusals.add(entry),
    refusals: (search) => findRefusals(pool, search),
    close: () => refusals.close(),
  }
}

async function findRefusals(pool: pg.Pool, search: RefusalSearch): Promise<readonly RefusalRow[]> {
  const conditions: readonly (readonly [left: string, value: string | undefined])[] = [
    ['actor =', search.actor],
    ['route =', search.route],
    ['last_at >=', search.from],
    ['at <', search.to],
    ['id <', search.before],
    ['code =', search.code],
    ['command_id =', search.commandId],
    ['key_hash =', search.keyHash],
  ]
  const given = conditions.filter(([, value]) => value !== undefined)
  const where = given.map(([left], i) => ` and ${left} $${i + 3}`).join('')
  const { rows } = await pool.query<RefusalRow>(
    `select id, ${columns.join(', ')} from daybook.refusal
     where organisation in ($1, '')${where} order by id desc limit $2`,
    [search.organisation, search.limit, ...given.map(([, value]) => value)],
  )
  return rows
}
