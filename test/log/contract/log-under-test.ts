import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { EventStore, NewEvent, Position, StoredEvent } from '#log/event-store.ts'
import { newEvent } from '#test/support/new-event.ts'

/** One log and the ways to it. Other programs may write to it too: nothing here expects it to be empty. */
export interface LogUnderTest {
  /** Which adapter, on what. */
  readonly name: string
  /** A further store on the same log; the contract closes it. */
  readonly open: () => EventStore | Promise<EventStore>
  /**
   * Ends the server as a crash would and starts it again with what it had stored; absent where a test
   * may not do that.
   */
  readonly restart?: () => Promise<void>
}

/** A store that is closed with the test. */
export async function openedFor(t: Pick<Test, 'teardown'>, log: LogUnderTest): Promise<EventStore> {
  const store = await log.open()
  t.teardown(() => store.close())
  return store
}

let streams = 0
const run = randomBytes(5).toString('hex')

/** A category of this run alone. */
export const newCategory = (): string => `contract${run}${streams++}`

export const newStream = (category = newCategory()): string => `${category}-main.${streams++}`

export async function collect(
  pages: AsyncIterable<readonly StoredEvent[]>,
): Promise<readonly StoredEvent[]> {
  return (await Array.fromAsync(pages)).flat()
}

export const idsOf = (events: readonly { readonly id: string }[]): readonly string[] =>
  events.map(({ id }) => id)

/** The last position of the log; the log gets an event if it has none. */
export async function headOf(store: EventStore): Promise<Position> {
  const appended = await store.append(newStream(), [newEvent()], 'no_stream')
  return (await store.head()) ?? appended.position
}

/** Appends events one after the other, in pieces of so many. */
export async function appendInPieces(
  store: EventStore,
  stream: string,
  events: readonly NewEvent[],
  size: number,
): Promise<void> {
  for (let i = 0; i < events.length; i += size) {
    await store.append(stream, events.slice(i, i + size), i === 0 ? 'no_stream' : i - 1)
  }
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}
