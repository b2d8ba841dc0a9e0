import type pg from 'pg'
import { unreachable } from '#domain/decider.ts'
import { type MaintenanceDone, noteMaintenance } from '../database/note-maintenance.ts'

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

type KeysEntry = { readonly action: KeyAction; readonly actor: string } & Partial<
  Pick<KeyHistoryEntry, 'from' | 'to' | 'keys'>
>

/** Writes down what is done, and lets it become an event; in the transaction that does it, where there is one. */
export async function recordKeys(client: Queryable, entry: KeysEntry): Promise<void> {
  await client.query(
    `insert into daybook.key_history (action, actor, from_key, to_key, keys)
     values ($1, $2, $3, $4, $5)`,
    [entry.action, entry.actor, entry.from ?? null, entry.to ?? null, entry.keys ?? null],
  )
  const done = maintenanceOf(entry)
  if (done !== undefined) await noteMaintenance(client, done, entry.actor)
}

/** Undefined for what changes nothing yet. */
function maintenanceOf({ action, from, to, keys }: KeysEntry): MaintenanceDone | undefined {
  const [before, after] = [from ?? '', to ?? '']
  switch (action) {
    case 'rotated':
      return { type: 'MasterKeyRotated', data: { from: before, to: after } }
    case 'rewrapped':
      return { type: 'SubjectKeysRewrapped', data: { to: after, keys: keys ?? 0 } }
    case 'dropped':
      return { type: 'MasterKeyDropped', data: { from: before } }
    case 'first':
    case 'rewrap_began':
      return undefined
    default:
      return unreachable(action)
  }
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
