import { randomBytes } from 'node:crypto'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readFile,
  rename,
  stat,
  unlink,
} from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { MASTER_KEY_BYTES, masterKeyTexts } from '#config'
import { MasterKeyError } from './master-key.ts'

/** Of `master.key`, the newest first; undefined when there is no such file. */
export async function readKeyFile(file: string): Promise<readonly Buffer[] | undefined> {
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
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new MasterKeyError(`${file} cannot be read: ${error.message}`, { cause: error })
  })
  return parsed(file, content)
}

function parsed(file: string, content: Buffer): readonly Buffer[] {
  // The bare bytes of one key, as files were before there could be several: no text is as short.
  if (content.length === MASTER_KEY_BYTES) return [content]
  const found = masterKeyTexts.safeParse(content.toString('latin1'))
  if (found.success) return found.data
  const rules = found.error.issues.map(({ message }) => message).join('; ')
  throw new MasterKeyError(`${file} ${rules}. Put the right file back`)
}

/** A first key. Linked into place, so that two starts at once agree and a crash leaves no half file. */
export async function makeKeyFile(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const aside = await writeAside(file, [randomBytes(MASTER_KEY_BYTES)])
  await link(aside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await unlink(aside)
  await syncFolder(file)
}

/** Replaces the file: whoever reads it finds all of what was there before, or all of what is there now. */
export async function writeKeyFile(file: string, keys: readonly Buffer[]): Promise<void> {
  const before = await stat(file)
  const aside = await writeAside(file, keys, async (handle) => {
    // An administrator may do this for the account that the server runs as.
    if (process.getuid?.() === 0) await handle.chown(before.uid, before.gid)
  })
  await rename(aside, file)
  await syncFolder(file)
}

async function writeAside(
  file: string,
  keys: readonly Buffer[],
  prepare: (handle: FileHandle) => Promise<void> = async () => undefined,
): Promise<string> {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const handle = await open(aside, 'wx', 0o600)
  try {
    await prepare(handle)
    await handle.writeFile(keys.map((key) => `${key.toString('base64')}\n`).join(''))
    await handle.sync()
  } finally {
    await handle.close()
  }
  return aside
}

async function syncFolder(file: string): Promise<void> {
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
