import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import type { Entry } from './events.ts'

/** Where the store puts what it writes; `write` returns when a killed process can no longer lose it. */
export interface Journal {
  write(entries: readonly Entry[]): void
  close(): void
}

const toLine = (entries: readonly Entry[]): string =>
  `${JSON.stringify(
    entries.map((entry) => ({
      ...entry,
      data: Buffer.from(entry.data).toString('base64'),
      metadata: Buffer.from(entry.metadata).toString('base64'),
    })),
  )}\n`

type Line = readonly (Omit<Entry, 'data' | 'metadata'> & { data: string; metadata: string })[]

function fromLine(line: string): readonly Entry[] {
  const entries: Line = JSON.parse(line)
  return entries.map((entry) => ({
    ...entry,
    data: Buffer.from(entry.data, 'base64'),
    metadata: Buffer.from(entry.metadata, 'base64'),
  }))
}

/**
 * A file with one line per write of the store, so that a write is there as a whole or not at all. It
 * outlives a killed process, not a lost machine: nothing is flushed to disk.
 */
export function openJournal(file: string): { history: readonly Entry[]; journal: Journal } {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole))
  const handle = openSync(file, 'a')
  return {
    history: whole.split('\n').filter(Boolean).flatMap(fromLine),
    journal: {
      write(entries) {
        const line = Buffer.from(toLine(entries))
        for (let written = 0; written < line.length; ) written += writeSync(handle, line, written)
      },
      close: () => closeSync(handle),
    },
  }
}
