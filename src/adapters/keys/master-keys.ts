import path from 'node:path'
import type pg from 'pg'
import { KeyUnavailable } from '#log/errors.ts'
import { type KeyInUse, keyInUse } from './key-in-use.ts'
import { type MasterKey, MasterKeyError, masterKeyOf } from './master-key.ts'
import { makeKeyFile, readKeyFile } from './master-key-file.ts'

/**
 * The master keys at hand, the newest first: those of the configuration, or those of the file, which is
 * read again when a key is asked for that was not there. So a server learns of a rotation by itself.
 */
export class MasterKeys {
  /** Absent when they come from the configuration. */
  readonly file: string | undefined
  /** Fingerprint of the one that was in use when the database was last asked; at first a guess. */
  lastInUse: string
  #all: readonly MasterKey[]

  constructor(keys: readonly Buffer[], file?: string) {
    this.#all = keys.map(masterKeyOf)
    this.file = file
    this.lastInUse = this.newest.id
  }

  get all(): readonly MasterKey[] {
    return this.#all
  }

  get newest(): MasterKey {
    const [newest] = this.#all
    if (newest === undefined) throw new MasterKeyError('There is no master key')
    return newest
  }

  /** @throws KeyUnavailable when it is not among them, nor in the file by now. */
  async find(id: string): Promise<MasterKey> {
    const find = (): MasterKey | undefined => this.#all.find((key) => key.id === id)
    const known = find()
    if (known !== undefined) return known
    // A file that cannot be read now may be readable later: neither is a fault of whoever asks.
    const cause: unknown = await this.reload().catch((error: unknown) => error)
    const found = find()
    if (found !== undefined) return found
    const why = cause instanceof Error ? `${cause.message} ` : ''
    throw new KeyUnavailable(why + missing(id, this.file), { cause })
  }

  /** Reads the file again. A file that is gone takes nothing away from who has read it. */
  async reload(): Promise<void> {
    if (this.file === undefined) return
    const keys = await readKeyFile(this.file)
    if (keys !== undefined) this.#all = keys.map(masterKeyOf)
  }
}

function missing(id: string, file: string | undefined): string {
  const remedy =
    file === undefined
      ? 'Add it to DAYBOOK_MASTER_KEY, which takes several keys separated by commas, the newest first, and start again'
      : `Put it back into ${file}, which takes several keys, one to a line, the newest first`
  return `Keys of this database are wrapped by the master key ${id}, which is not here. ${remedy}. What they open is not erased`
}

export interface MasterKeySource {
  /** Each 32 bytes, the newest first; then no file is read. */
  readonly configured?: readonly Buffer[] | undefined
  /** Folder of `master.key`. */
  readonly dataDir: string
  /** Holds the wrapped keys, by which master keys are known to fit. */
  readonly database: pg.Pool
}

/**
 * The master keys of this installation: from the configuration, from the file beside the data, or made
 * now if it has none yet.
 *
 * @throws MasterKeyError when they are malformed, open to others, or lost.
 * @throws KeyUnavailable when keys in the database are wrapped by one that is not among them.
 */
export async function openMasterKeys(source: MasterKeySource): Promise<MasterKeys> {
  const masterKeys = await given(source)
  const state = await keyInUse(source.database, masterKeys)
  await assertAllThere(source.database, masterKeys, state)
  return masterKeys
}

/**
 * Those that are configured or in the file; undefined when there are none. Nothing is made, and whether
 * they fit is not asked.
 *
 * @throws MasterKeyError when they are malformed or open to others.
 */
export async function readMasterKeys({
  configured,
  dataDir,
}: Omit<MasterKeySource, 'database'>): Promise<MasterKeys | undefined> {
  if (configured !== undefined) return new MasterKeys(configured)
  const file = keyFileIn(dataDir)
  const found = await readKeyFile(file)
  return found && new MasterKeys(found, file)
}

const keyFileIn = (dataDir: string): string => path.join(dataDir, 'master.key')

async function given(source: MasterKeySource): Promise<MasterKeys> {
  const found = await readMasterKeys(source)
  if (found !== undefined) return found
  const file = keyFileIn(source.dataDir)
  if (await isInUse(source.database)) {
    throw new MasterKeyError(
      `${file} is missing, but the database holds keys that were wrapped by it. Put the file back, ` +
        'or give the key as DAYBOOK_MASTER_KEY: without it personal data cannot be read.',
    )
  }
  await makeKeyFile(file)
  const made = await readKeyFile(file)
  if (made === undefined) throw new MasterKeyError(`${file} vanished while it was being made`)
  return new MasterKeys(made, file)
}

async function isInUse(database: pg.Pool): Promise<boolean> {
  const { rows } = await database.query<{ used: boolean }>(
    'select exists (select from daybook.subject_key where wrapped is not null) as used',
  )
  return rows[0]?.used === true
}

/** Better told at the start than by the first person whose name cannot be read. */
async function assertAllThere(
  database: pg.Pool,
  masterKeys: MasterKeys,
  { inUse, first }: KeyInUse,
): Promise<void> {
  await masterKeys.find(inUse)
  const { rows } = await database.query<{ id: string }>(
    `select coalesce(master_key, $1) as id from daybook.subject_key
     where wrapped is not null and coalesce(master_key, $1) <> all($2::text[]) limit 1`,
    [first, masterKeys.all.map(({ id }) => id)],
  )
  for (const { id } of rows) await masterKeys.find(id)
}
