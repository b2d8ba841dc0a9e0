import { setTimeout as sleep } from 'node:timers/promises'
import { errors } from './errors.ts'
import type { ReadOutput } from './read-output.ts'
import { type AllRead, type Filter, PAGE, type StreamRead } from './read-request.ts'
import type { Store } from './store.ts'

/** How often a subscriber looks for a stream that does not exist yet, in milliseconds. */
const ABSENT_STREAM_MS = 50

/** A reader that falls further behind than the node buffers for it is dropped while live, never in catch-up. */
class LiveBuffer {
  readonly #size: number
  #behind = 0

  constructor(size: number) {
    this.#size = size
  }

  begin(): void {
    this.#behind = 0
  }

  add(): void {
    if (++this.#behind > this.#size) throw errors.tooSlow()
  }
}

export async function subscribeToStream(
  store: Store,
  read: StreamRead,
  output: ReadOutput,
  liveBuffer: number,
): Promise<void> {
  const atFirst = store.state(read.stream)
  const endedBefore = atFirst.tombstone !== undefined
  if (endedBefore && read.from !== 'end') throw errors.deleted(read.stream)
  output.confirm()

  let next = { start: 0, end: atFirst.last + 1, given: read.revision + 1 }[read.from]
  if (read.from !== 'end') next = await catchUpOnStream(store, read.stream, next, output)
  if (!output.isClosed) output.caughtUp()

  const buffer = new LiveBuffer(liveBuffer)
  while (!output.isClosed) {
    const { events, tombstone, last } = store.state(read.stream)
    buffer.begin()
    while (!output.isClosed && next <= last) {
      const entry = events[next++]
      if (!entry) break
      buffer.add()
      const lag = output.event(entry)
      if (lag) await lag
    }
    if (tombstone && !endedBefore) {
      void output.event(tombstone)
      throw errors.deleted(read.stream)
    }
    if (!output.isClosed && next > store.state(read.stream).last) await output.idle()
  }
}

/** Answers the revision to go on from, live. There is no end to it before there is a stream. */
async function catchUpOnStream(
  store: Store,
  stream: string,
  from: number,
  output: ReadOutput,
): Promise<number> {
  let next = from
  while (!output.isClosed) {
    const state = store.state(stream)
    if (state.tombstone) throw errors.deleted(stream)
    if (state.last < 0 || state.softDeleted) {
      await sleep(ABSENT_STREAM_MS)
      continue
    }
    next = Math.max(next, store.firstReadable(stream, state))
    for (; !output.isClosed && next <= state.last; next++) {
      const entry = state.events[next]
      const lag = entry && output.event(entry)
      if (lag) await lag
    }
    if (next > store.state(stream).last) break
  }
  return next
}

export async function subscribeToAll(
  store: Store,
  { filter, from }: AllRead,
  start: number,
  output: ReadOutput,
  liveBuffer: number,
): Promise<void> {
  output.confirm()
  let next = start
  let considered = 0
  if (from !== 'end') ({ next, considered } = await catchUpOnAll(store, filter, start, output))
  if (!output.isClosed) output.caughtUp()

  const buffer = new LiveBuffer(liveBuffer)
  while (!output.isClosed) {
    const end = store.all.length
    buffer.begin()
    while (!output.isClosed && next < end) {
      const entry = store.all[next++]
      if (!entry) break
      if (!filter || filter.matches(entry)) {
        buffer.add()
        const lag = output.event(entry)
        if (lag) await lag
      }
      if (filter && ++considered >= filter.checkpointEvery) {
        considered = 0
        const lag = output.checkpoint(entry.position)
        if (lag) await lag
      }
    }
    if (!output.isClosed && next >= store.all.length) await output.idle()
  }
}

/**
 * History in pages: a page ends with 32 matches or when the search window is full. A checkpoint carries the
 * page's last match or, without one, its first event: it lags a page behind.
 */
async function catchUpOnAll(
  store: Store,
  filter: Filter | undefined,
  start: number,
  output: ReadOutput,
): Promise<{ next: number; considered: number }> {
  const window = filter?.window ?? PAGE
  let next = start
  let considered = 0
  while (!output.isClosed) {
    let matched = 0
    let seen = 0
    let checkpoint = store.all[next]?.position ?? 0
    for (; !output.isClosed && matched < PAGE && seen < window; seen++) {
      const entry = store.all[next]
      if (!entry) break
      next++
      if (filter && !filter.matches(entry)) continue
      matched++
      checkpoint = entry.position
      const lag = output.event(entry)
      if (lag) await lag
    }
    considered += seen
    if (next >= store.all.length && matched < PAGE && seen < window) break
    if (filter && considered >= filter.checkpointEvery) {
      considered %= filter.checkpointEvery
      const lag = output.checkpoint(checkpoint)
      if (lag) await lag
    }
  }
  return { next, considered }
}
