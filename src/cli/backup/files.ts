import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { BrokenFile } from '#log/hashed-lines.ts'

/** A file of a backup as it lies on the disk. */
export interface WrittenFile {
  readonly name: string
  readonly bytes: number
  /** Of its bytes as they lie there, in hexadecimal, as `sha256sum` tells it. */
  readonly sha256: string
}

/** Writes text into a file that only its owner may read, compressed when its name ends in .gz. */
export async function writeBackupFile(
  folder: string,
  name: string,
  text: AsyncIterable<string> | Iterable<string>,
  signal: AbortSignal,
): Promise<WrittenFile> {
  const hash = createHash('sha256')
  let bytes = 0
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  const file = createWriteStream(path.join(folder, name), { mode: 0o600, flags: 'wx', flush: true })
  const source = Readable.from(inBytes(text), { objectMode: false })
  const compressed = name.endsWith('.gz')
  await (compressed
    ? pipeline(source, createGzip(), counted, file, { signal })
    : pipeline(source, counted, file, { signal }))
  return { name, bytes, sha256: hash.digest('hex') }
}

async function* inBytes(text: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  for await (const chunk of text) if (chunk !== '') yield Buffer.from(chunk)
}

/** The bytes of a file, uncompressed when its name ends in .gz. */
export async function* readBackupFile(file: string): AsyncGenerator<Buffer> {
  if (!file.endsWith('.gz')) {
    yield* createReadStream(file) as AsyncIterable<Buffer>
    return
  }
  const source = createReadStream(file)
  const text = createGunzip()
  source.on('error', (error) => text.destroy(error))
  let lines = 1
  try {
    for await (const chunk of source.pipe(text) as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
      yield chunk
    }
  } catch (error) {
    if (!isBrokenGzip(error)) throw error
    throw new BrokenFile(lines, `its bytes were changed or cut off after here (${error.message})`)
  } finally {
    source.destroy()
  }
}

function isBrokenGzip(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

/** How a file lies on the disk. */
export async function examineFile(folder: string, name: string): Promise<WrittenFile> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path.join(folder, name)) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { name, bytes, sha256: hash.digest('hex') }
}

/** So that a name, once it stands in the folder, stays there. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
