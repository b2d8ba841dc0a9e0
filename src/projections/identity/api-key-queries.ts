import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { ApiKeyRow } from './api-keys.ts'

/** The newest first. @throws Rejection CURSOR_INVALID */
export async function listApiKeys(
  db: ReadonlyKysely<ReadModels>,
  { limit, cursor }: PageRequest,
): Promise<Page<ApiKeyRow>> {
  let query = db
    .selectFrom('api_keys.api_key as k')
    .selectAll('k')
    .orderBy('k.ordinal', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [ordinal] = decodeCursor(cursor, ['number'])
    query = query.where('k.ordinal', '<', ordinal)
  }
  return pageOf(await query.execute(), limit, (row) => [row.ordinal])
}

export async function findApiKey(
  db: ReadonlyKysely<ReadModels>,
  apiKeyId: string,
): Promise<ApiKeyRow | undefined> {
  return db
    .selectFrom('api_keys.api_key as k')
    .selectAll('k')
    .where('k.api_key_id', '=', apiKeyId)
    .executeTakeFirst()
}
