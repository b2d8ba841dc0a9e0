import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

const CHUNK = 128 * 1024

/** Lines on their way into one table. */
export interface CopyOut {
  /** A line with its end, in PostgreSQL's text format. */
  add(line: string): void
  /** Sends what there is once it is enough; returns when there is room for more. */
  room(): Promise<void>
  end(): Promise<void>
}

export function copyOut(client: pg.Client, table: string): CopyOut {
  const stream = client.query(copyFrom(`copy ${table} from stdin`))
  const done = finished(stream)
  let lines = ''
  const send = async (): Promise<void> => {
    const full = !stream.write(lines)
    lines = ''
    if (full) await once(stream, 'drain')
  }
  return {
    add(line) {
      lines += line
    },
    async room() {
      if (lines.length >= CHUNK) await send()
    },
    async end() {
      if (lines !== '') await send()
      stream.end()
      await done
    },
  }
}

/** Everything that was kept until the end. */
export async function copyAll(
  client: pg.Client,
  table: string,
  lines: Iterable<string>,
): Promise<void> {
  const out = copyOut(client, table)
  let count = 0
  for (const line of lines) {
    out.add(line)
    count += 1
    if (count % 256 === 0) await out.room()
  }
  await out.end()
}

/** A text for COPY; absent is NULL. Fields of data are `unknown`, and those asked for are texts. */
export function field(value: unknown): string {
  if (value === undefined || value === null) return '\\N'
  const text = value as string
  return /[\\\t\n\r]/.test(text) ? escaped(text) : text
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}
