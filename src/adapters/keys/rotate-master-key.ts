import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { MASTER_KEY_BYTES } from '#config'
import { recordKeys } from './key-history.ts'
import { keyInUse } from './key-in-use.ts'
import { type MasterKey, masterKeyOf } from './master-key.ts'
import { writeKeyFile } from './master-key-file.ts'
import type { MasterKeys } from './master-keys.ts'
import { keysByMasterKey } from './master-keys-status.ts'

/** Master keys stay as they are; the message says why, and what to do. */
export class RotationRefused extends Error {
  override readonly name = 'RotationRefused'
}

/** Fingerprints. */
export interface Rotated {
  readonly from: string
  readonly to: string
}

const STEPS = `The newest key of DAYBOOK_MASTER_KEY is in use already. To rotate:
1. Make a key with \`openssl rand -base64 32\` and put it in front of the others, separated by a comma.
2. Give that to every process, and start them again one after the other. They go on with the old key.
3. Run \`daybook keys rotate\` with it too, then \`daybook keys rewrap\`.`

/**
 * From now on new keys are wrapped by the newest master key. If that is the case already, one is made,
 * where the keys stand in a file of ours. What was wrapped before stays readable under its old key.
 *
 * @param actor Who asks for it.
 * @throws RotationRefused when the keys come from the configuration, and none of them is newer.
 */
export async function rotateMasterKey(
  pool: pg.Pool,
  masterKeys: MasterKeys,
  actor: string,
): Promise<Rotated> {
  return withKeyInUse(pool, masterKeys, async (client, from) => {
    const newest = masterKeys.newest
    const to = newest.id === from ? await makeKey(masterKeys) : newest
    await client.query('update daybook.master_key set in_use = $1', [to.id])
    await recordKeys(client, { action: 'rotated', actor, from, to: to.id })
    return { from, to: to.id }
  })
}

/** In the file before it is in use: whoever meets its fingerprint finds it there. */
async function makeKey(masterKeys: MasterKeys): Promise<MasterKey> {
  if (masterKeys.file === undefined) throw new RotationRefused(STEPS)
  const made = masterKeyOf(randomBytes(MASTER_KEY_BYTES))
  await writeKeyFile(
    masterKeys.file,
    [made, ...masterKeys.all].map(({ bytes }) => bytes),
  )
  await masterKeys.reload()
  return made
}

/**
 * Takes a master key out of the file, by its fingerprint.
 *
 * @throws RotationRefused when it is in use, something is still wrapped by it, or it is not in a file.
 */
export async function dropMasterKey(
  pool: pg.Pool,
  masterKeys: MasterKeys,
  id: string,
  actor: string,
): Promise<void> {
  await withKeyInUse(pool, masterKeys, async (client, inUse) => {
    const { file } = masterKeys
    const kept = masterKeys.all.filter((key) => key.id !== id)
    if (kept.length === masterKeys.all.length)
      throw new RotationRefused(`There is no key ${id} here`)
    if (id === inUse)
      throw new RotationRefused(`${id} is in use. Rotate first: daybook keys rotate`)
    const count = (await keysByMasterKey(client)).get(id) ?? 0
    if (count > 0) {
      const left = `${count.toLocaleString('en')} keys are still wrapped by ${id}`
      throw new RotationRefused(`${left}. Wrap them anew first: daybook keys rewrap`)
    }
    if (file === undefined) {
      throw new RotationRefused(
        `Nothing is wrapped by ${id} any more: leave it out of DAYBOOK_MASTER_KEY, and start the processes again`,
      )
    }
    await writeKeyFile(
      file,
      kept.map(({ bytes }) => bytes),
    )
    await masterKeys.reload()
    await recordKeys(client, { action: 'dropped', actor, from: id })
  })
}

/** Nobody else changes the keys meanwhile, nor wraps one: what is about to be committed is waited for. */
async function withKeyInUse<T>(
  pool: pg.Pool,
  masterKeys: MasterKeys,
  run: (client: pg.PoolClient, inUse: string) => Promise<T>,
): Promise<T> {
  await keyInUse(pool, masterKeys)
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query<{ in_use: string }>(
      'select in_use from daybook.master_key for update',
    )
    await masterKeys.reload()
    const result = await run(client, rows[0]?.in_use ?? '')
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    client.release(true)
    throw error
  }
}
