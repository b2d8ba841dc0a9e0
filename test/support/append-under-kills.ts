import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { newEvent } from './new-event.ts'

export interface Killable {
  kill(): Promise<void>
  start(): Promise<void>
}

export interface Load {
  readonly writers: number
  readonly appendsEach: number
  readonly kills: number
  /** How long the server stays away each time, in milliseconds. */
  readonly awayMs: number
}

export interface Survived {
  /** Ids that each stream's writer was told are stored, in order. */
  readonly acknowledged: ReadonlyMap<string, readonly string[]>
  /** What a subscriber saw while all this went on. */
  readonly seen: readonly StoredEvent[]
  /** Appends acknowledged at each kill, and while the server was away: both are the same. */
  readonly atKills: readonly { readonly before: number; readonly away: number }[]
  readonly reconnections: number
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}

/** Writers append one after the other, each to its own stream, while the server is killed and started again. */
export async function appendUnderKills(
  store: EventStore,
  server: Killable,
  { writers, appendsEach, kills, awayMs }: Load,
): Promise<Survived> {
  const all = writers * appendsEach
  const acknowledged = new Map<string, string[]>()
  let appended = 0
  const write = async (stream: string): Promise<void> => {
    const ids: string[] = []
    acknowledged.set(stream, ids)
    for (let i = 0; i < appendsEach; i++) {
      const event = newEvent({ stream, i })
      const { revision } = await store.append(stream, [event], i === 0 ? 'no_stream' : i - 1)
      if (revision !== i) throw new Error(`Append ${i} of ${stream} came to be at ${revision}`)
      ids.push(event.id)
      appended++
    }
  }

  const stop = new AbortController()
  const seen: StoredEvent[] = []
  let reconnections = 0
  const onReconnect = (): number => reconnections++
  const watching = (async () => {
    for await (const { events } of store.subscribe({ signal: stop.signal, onReconnect })) {
      seen.push(...events)
    }
  })()

  const streams = Array.from({ length: writers }, (_, i) => `sale-main.${i}`)
  const writing = Promise.all(streams.map(write))
  const atKills: { before: number; away: number }[] = []
  for (let kill = 1; kill <= kills; kill++) {
    await until(() => appended >= (kill * all) / (kills + 1))
    await server.kill()
    // What it had answered is read first.
    await sleep(20)
    const before = appended
    await sleep(awayMs)
    atKills.push({ before, away: appended })
    await server.start()
  }
  await writing
  await until(() => seen.length >= all)
  await sleep(100) // What comes twice would come now.
  stop.abort()
  await watching
  return { acknowledged, seen, atKills, reconnections }
}
