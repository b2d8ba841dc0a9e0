import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { BrokenFile, closedLine, openedLine } from '#log/hashed-lines.ts'
import type { KeyRing } from '#log/key-ring.ts'

/**
 * Who was erased, in a file beside the database: a backup that is older than an erasure brings the key
 * back, and this list takes it away again. It is appended to and never changed, one line for each
 * erasure, closed by its hash. It holds ids, and nothing personal.
 */
export interface Erasure {
  /** `<organisation>/<subject id>`. */
  readonly subject: string
  /** UTC instant. */
  readonly erasedAt: string
}

const erasure = z.strictObject({ subject: z.string().includes('/'), erasedAt: z.iso.datetime() })

/** One line of the list. */
export function erasureLine(erased: Erasure): string {
  return closedLine(erased)
}

/**
 * Puts erasures on the list, durably, before they are done: one that is not on it could be undone by a
 * restore, one that is on it and was not done is only done later.
 *
 * @throws Error when the file cannot be written; then nothing may be erased.
 */
export async function noteErasures(file: string, erased: readonly Erasure[]): Promise<void> {
  if (erased.length === 0) return
  await mkdir(path.dirname(path.resolve(file)), { recursive: true })
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    // What a crash cut off must not spoil the line after it.
    const before = size === 0 || last.toString() === '\n' ? '' : '\n'
    await handle.appendFile(before + erased.map(erasureLine).join(''))
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The erasures of a list, in its order; of a subject that is on it several times, the first. None when
 * there is no such file.
 *
 * @throws BrokenFile at the first line that is not as it was written.
 */
export async function* readErasures(file: string): AsyncGenerator<Erasure> {
  let number = 0
  for await (const line of linesOf(file)) {
    number += 1
    yield parsedErasure(line, number)
  }
}

function parsedErasure(line: string, number: number): Erasure {
  const parsed = erasure.safeParse(openedLine(line, number))
  if (parsed.success) return parsed.data
  throw new BrokenFile(number, 'it is no erasure')
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  if (rest !== '') yield rest
}

/** A key ring that puts each erasure on the list before it destroys the key: the one way to erase. */
export function notingErasures(keyRing: KeyRing, file: string, clock: () => string): KeyRing {
  return {
    forWriting: (subjects) => keyRing.forWriting(subjects),
    forReading: (subjects) => keyRing.forReading(subjects),
    async destroy(...subjects) {
      const erasedAt = clock()
      await noteErasures(
        file,
        subjects.map((subject) => ({ subject, erasedAt })),
      )
      await keyRing.destroy(...subjects)
    },
  }
}
