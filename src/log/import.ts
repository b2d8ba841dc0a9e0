import { appendInOrder } from './append-in-order.ts'
import { WrongExpectedRevision } from './errors.ts'
import type { EventStore } from './event-store.ts'
import { type ExportedEvent, exportedEvent, LOG_EXPORT, summariseLog } from './export.ts'
import { BrokenFile, readHashedLines, type Summary } from './hashed-lines.ts'

/** The log is not one that this file can be put into. What was there before is untouched. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused'
}

export interface ImportOptions {
  /** Told how many events of the file are in the log, those found there included. */
  readonly onProgress?: (events: number) => void
}

export interface Imported extends Summary {
  /** Events that an earlier, interrupted import had brought already. */
  readonly alreadyThere: number
}

/**
 * Puts an export into a log that is empty, or that holds the beginning of the same export: an import that
 * was interrupted goes on where it stopped. Every line's hash is checked before it is appended, every
 * revision by the append itself; in the end the log is read back and must have the hash of the file.
 * Nothing else may write to the log meanwhile.
 *
 * @throws BrokenFile when the file is damaged; events before that line have been appended, and a sound
 *   copy of the file goes on after them.
 * @throws ImportRefused when the log holds anything else, or somebody else writes to it.
 */
export async function importLog(
  store: EventStore,
  input: AsyncIterable<string | Uint8Array>,
  { onProgress }: ImportOptions = {},
): Promise<Imported> {
  const file = openExport(input)
  const alreadyThere = await compareBeginning(store, file)
  onProgress?.(alreadyThere)
  try {
    await appendInOrder(store, eventsOf(file), (events) => onProgress?.(alreadyThere + events))
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error
    throw new ImportRefused(`Somebody else writes to the log: ${error.message}`, { cause: error })
  }
  const stored = await summariseLog(store)
  if (stored.sha256 !== file.summary?.sha256) {
    throw new ImportRefused(
      'The log now holds another history than the file: somebody else wrote to it meanwhile. Empty it and import again',
    )
  }
  return { ...stored, alreadyThere }
}

interface OpenExport {
  /** The next event; undefined when the file was read to its end and found sound. */
  next(): Promise<ExportedEvent | undefined>
  /** Of the whole file, once it was read. */
  summary: Summary | undefined
}

function openExport(input: AsyncIterable<string | Uint8Array>): OpenExport {
  const records = readHashedLines(LOG_EXPORT, input)
  let ordinal = 0
  const file: OpenExport = {
    summary: undefined,
    async next() {
      const { done, value } = await records.next()
      if (done === true) {
        file.summary = value
        return undefined
      }
      ordinal += 1
      const event = value as ExportedEvent
      if (event.ordinal === ordinal) return event
      throw new BrokenFile(ordinal + 1, `event ${event.ordinal} stands where ${ordinal} should`)
    },
  }
  return file
}

async function* eventsOf(file: OpenExport): AsyncGenerator<ExportedEvent> {
  for (let event = await file.next(); event !== undefined; event = await file.next()) yield event
}

/** How many events the log holds, if they are those with which the file begins. */
async function compareBeginning(store: EventStore, file: OpenExport): Promise<number> {
  let ordinal = 0
  for await (const page of store.readAll()) {
    for (const stored of page) {
      ordinal += 1
      const text = JSON.stringify(exportedEvent(stored, ordinal))
      if (text === JSON.stringify(await file.next())) continue
      throw new ImportRefused(
        `The log is not empty, and its event ${ordinal} (${stored.type}, ${stored.stream}@${stored.revision}) is not that of the file. Import into an empty log`,
      )
    }
  }
  return ordinal
}
