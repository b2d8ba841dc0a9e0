import type pg from 'pg'

type Queryable = Pick<pg.ClientBase, 'query'>

export type KeyAction = 'first' | 'rotated' | 'rewrap_began' | 'rewrapped' | 'dropped'

/** Something that was done with master keys, which are known here by their fingerprints alone. */
export interface KeyHistoryEntry {
  /** UTC instant. */
  readonly at: string
  readonly action: KeyAction
  /** Null: the program itself. */
  readonly actor: string | null
  readonly from: string | null
  readonly to: string | null
  /** How many keys were wrapped anew, or were to be when it began. */
  readonly keys: number | null
}

/** Writes down what is done; in the transaction that does it, where there is one. */
export async function recordKeys(
  client: Queryable,
  entry: { readonly action: KeyAction; readonly actor: string } & Partial<
    Pick<KeyHistoryEntry, 'from' | 'to' | 'keys'>
  >,
): Promise<void> {
  await client.query(
    `insert into daybook.key_history (action, actor, from_key, to_key, keys)
     values ($1, $2, $3, $4, $5)`,
    [entry.action, entry.actor, entry.from ?? null, entry.to ?? null, entry.keys ?? null],
  )
}

/** The newest entries first. */
export async function readKeyHistory(
  client: Queryable,
  limit: number,
): Promise<readonly KeyHistoryEntry[]> {
  const { rows } = await client.query<KeyHistoryEntry>(
    `select at, action, actor, from_key as "from", to_key as "to", keys::integer as keys
     from daybook.key_history order by id desc limit $1`,
    [limit],
  )
  return rows
}
