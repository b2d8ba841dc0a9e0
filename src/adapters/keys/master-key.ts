import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import type pg from 'pg'
import { unwrap } from './wrapped-key.ts'

const MASTER_KEY_BYTES = 32

/** The master key cannot be used as it is; the message says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

export interface MasterKeySource {
  /** Base64 of 32 bytes, from the configuration; then no file is read. */
  readonly configured?: string | undefined
  /** Folder of `master.key`. */
  readonly dataDir: string
  /** Holds `daybook.subject_key`, by which a key is known to fit. */
  readonly database: pg.Pool
}

/**
 * The key that all others hang on: from the configuration, from the file beside the data, or made now
 * if this installation has none yet.
 *
 * @throws MasterKeyError when it is malformed, open to others, lost, or not the one that wrapped the
 *   keys in the database.
 */
export async function loadMasterKey(source: MasterKeySource): Promise<Buffer> {
  const sample = await wrappedSample(source.database)
  const key = await given(source, sample !== undefined)
  if (sample !== undefined) assertFits(key, sample)
  return key
}

async function given(source: MasterKeySource, inUse: boolean): Promise<Buffer> {
  if (source.configured !== undefined) return parseConfigured(source.configured)
  const file = path.join(source.dataDir, 'master.key')
  const found = await readKeyFile(file)
  if (found !== undefined) return found
  if (inUse) {
    throw new MasterKeyError(
      `${file} is missing, but the database holds keys that were wrapped by it. Put the file back, ` +
        'or give the key as DAYBOOK_MASTER_KEY: without it personal data cannot be read.',
    )
  }
  await makeKeyFile(file)
  const made = await readKeyFile(file)
  if (made === undefined) throw new MasterKeyError(`${file} vanished while it was being made`)
  return made
}

function parseConfigured(text: string): Buffer {
  const key = Buffer.from(text, 'base64')
  if (key.length !== MASTER_KEY_BYTES) {
    throw new MasterKeyError(
      `DAYBOOK_MASTER_KEY must be the base64 of ${MASTER_KEY_BYTES} bytes; it holds ${key.length}. ` +
        'Make one with: openssl rand -base64 32',
    )
  }
  return key
}

async function readKeyFile(file: string): Promise<Buffer | undefined> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new MasterKeyError(`${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (found === undefined) return undefined
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8)
    throw new MasterKeyError(
      `${file} is open to others (mode ${mode}). Close it with: chmod 600 ${file}`,
    )
  }
  const key = await readFile(file)
  if (key.length !== MASTER_KEY_BYTES) {
    throw new MasterKeyError(
      `${file} must hold ${MASTER_KEY_BYTES} bytes, but holds ${key.length}: put the right file back`,
    )
  }
  return key
}

/** Written aside and linked into place, so that two starts at once agree and a crash leaves no half key. */
async function makeKeyFile(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const handle = await open(aside, 'wx', 0o600)
  try {
    await handle.writeFile(randomBytes(MASTER_KEY_BYTES))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await link(aside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await unlink(aside)
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

interface WrappedSample {
  readonly subject: string
  readonly wrapped: Buffer
}

async function wrappedSample(database: pg.Pool): Promise<WrappedSample | undefined> {
  const { rows } = await database.query<WrappedSample>(
    'select subject, wrapped from daybook.subject_key where wrapped is not null limit 1',
  )
  return rows[0]
}

function assertFits(masterKey: Buffer, { subject, wrapped }: WrappedSample): void {
  try {
    unwrap(masterKey, subject, wrapped)
  } catch (error) {
    throw new MasterKeyError(
      'The master key is not the one that wrapped the keys in this database. Give the key that ' +
        'belongs to it (DAYBOOK_MASTER_KEY, or master.key in the data folder).',
      { cause: error },
    )
  }
}
