import type pg from 'pg'
import type { ApiKeyOwner } from '#commands/identity/api-keys.ts'

/** Told with the id of a key of which the log says something else than before. */
export const API_KEYS_CHANNEL = 'daybook_api_keys'

/** The hashes in `identity.api_key`. `pool` connects as the writer. */
export class ApiKeyRows {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async insert(hash: string, { organisation, apiKeyId }: ApiKeyOwner): Promise<void> {
    await this.#pool.query(
      'insert into identity.api_key (hash, organisation, api_key_id) values ($1, $2, $3)',
      [hash, organisation, apiKeyId],
    )
  }

  async delete(hash: string): Promise<void> {
    await this.#pool.query('delete from identity.api_key where hash = $1', [hash])
  }

  async owners(hashes: readonly string[]): Promise<ReadonlyMap<string, ApiKeyOwner>> {
    const { rows } = await this.#pool.query<ApiKeyOwner & { readonly hash: string }>({
      name: 'api-keys-find',
      text: `select hash, organisation, api_key_id as "apiKeyId"
             from identity.api_key where hash = any($1::text[])`,
      values: [hashes],
    })
    return new Map(rows.map(({ hash, ...owner }) => [hash, owner]))
  }

  async idsOf(organisation: string): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ readonly id: string }>(
      'select distinct api_key_id as id from identity.api_key where organisation = $1',
      [organisation],
    )
    return rows.map(({ id }) => id)
  }

  /** Processes do not wait for each other: of several, the latest stays. */
  async used(hashes: readonly string[], at: string): Promise<void> {
    await this.#pool.query(
      `update identity.api_key set last_used_at = greatest(last_used_at, $2)
       where hash = any($1::text[])`,
      [hashes, at],
    )
  }

  async lastUsed(
    organisation: string,
    apiKeyIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#pool.query<{ readonly id: string; readonly at: string }>(
      `select api_key_id as id, max(last_used_at) as at from identity.api_key
       where organisation = $1 and api_key_id = any($2::text[]) and last_used_at is not null
       group by api_key_id`,
      [organisation, apiKeyIds],
    )
    return new Map(rows.map(({ id, at }) => [id, at]))
  }

  async tell(apiKeyId: string): Promise<void> {
    await this.#pool.query('select pg_notify($1, $2)', [API_KEYS_CHANNEL, apiKeyId])
  }
}
