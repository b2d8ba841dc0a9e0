import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { ErasureRow } from './erasure.ts'
import type { LegalHoldRow } from './legal-hold.ts'

type Db = ReadonlyKysely<ReadModels>

/** With whether a legal hold stands, on whichever customer they are. */
export type Erasure = ErasureRow & { readonly is_held: boolean }

const erasures = (db: Db) =>
  db
    .selectFrom('privacy.erasure as e')
    .selectAll('e')
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('privacy.legal_hold as h')
            .select('h.customer_id')
            .where('h.lifted_at', 'is', null)
            .where(
              sql<boolean>`(h.customer_id = e.customer_id or e.linked @> to_jsonb(h.customer_id))`,
            ),
        )
        .as('is_held'),
    )

/** The latest first. @throws Rejection CURSOR_INVALID */
export async function listErasures(
  db: Db,
  { stage }: { readonly stage?: ErasureRow['stage'] | undefined },
  { limit, cursor }: PageRequest,
): Promise<Page<Erasure>> {
  let query = erasures(db)
    .orderBy('e.ordinal', 'desc')
    .limit(limit + 1)
  if (stage !== undefined) query = query.where('e.stage', '=', stage)
  if (cursor !== undefined) {
    query = query.where('e.ordinal', '<', decodeCursor(cursor, ['number'])[0])
  }
  return pageOf((await query.execute()) as Erasure[], limit, (row) => [row.ordinal])
}

export async function findErasure(db: Db, customerId: string): Promise<Erasure | undefined> {
  const found = await erasures(db).where('e.customer_id', '=', customerId).executeTakeFirst()
  return found as Erasure | undefined
}

/** Those that stand, the latest first. @throws Rejection CURSOR_INVALID */
export async function listLegalHolds(
  db: Db,
  { limit, cursor }: PageRequest,
): Promise<Page<LegalHoldRow>> {
  let query = db
    .selectFrom('privacy.legal_hold')
    .selectAll()
    .where('lifted_at', 'is', null)
    .orderBy('ordinal', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    query = query.where('ordinal', '<', decodeCursor(cursor, ['number'])[0])
  }
  return pageOf(await query.execute(), limit, (row) => [row.ordinal])
}
