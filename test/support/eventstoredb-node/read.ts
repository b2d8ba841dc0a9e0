import streams from '@eventstore/db-client/generated/streams_pb.js'
import { errors, isServiceError } from './errors.ts'
import type { Entry } from './events.ts'
import { type ReadCall, ReadOutput } from './read-output.ts'
import { type AllRead, readRequestOf, type StreamRead } from './read-request.ts'
import type { Store } from './store.ts'
import { subscribeToAll, subscribeToStream } from './subscription.ts'

async function readStream(store: Store, read: StreamRead, output: ReadOutput): Promise<void> {
  if (read.count <= 0 || (read.from === 'end' && !read.backwards)) {
    throw errors.unknown('Unexpected ReadStreamResult: Error')
  }
  const state = store.state(read.stream)
  if (state.hidden) throw errors.deleted(read.stream)
  if (state.last < 0 || state.softDeleted) {
    output.notFound(read.stream)
    return output.end()
  }
  const first = store.firstReadable(read.stream, state)
  const given = {
    start: read.backwards ? 0 : first,
    end: state.last,
    given: Math.min(read.revision, state.last + (read.backwards ? 0 : 1)),
  }[read.from]
  const step = read.backwards ? -1 : 1
  let revision = read.backwards ? given : Math.max(given, first)
  for (let left = read.count; left > 0 && !output.isClosed; left--, revision += step) {
    const entry = revision < first ? undefined : state.events[revision]
    if (!entry || revision > state.last) break
    const lag = output.event(entry)
    if (lag) await lag
  }
  output.end()
}

/** Where a read or subscription of everything begins. A position must be that of an event, or beyond the end. */
function startIndex(store: Store, read: AllRead): number {
  if (read.from === 'start') return 0
  if (read.from === 'end') return store.all.length
  if (read.prepare > read.commit) throw errors.thrown()
  const index = store.indexFrom(read.commit)
  const found = store.all[index]
  if (!found || read.commit === 0) return index
  if (found.position !== read.commit) {
    throw read.isSubscription ? errors.thrown() : errors.unknown('Unexpected ReadAllResult: Error')
  }
  return read.isSubscription ? index + 1 : index
}

async function readAll(store: Store, read: AllRead, output: ReadOutput): Promise<void> {
  const start = startIndex(store, read)
  if (read.count === 0) return // The real node never answers this.
  const length = store.all.length
  const step = read.backwards ? -1 : 1
  let left = read.count
  for (let i = read.backwards ? start - 1 : start; left > 0 && !output.isClosed; i += step) {
    const entry = i < length ? store.all[i] : undefined
    if (!entry) break
    if (read.filter && !read.filter.matches(entry)) continue
    left--
    const lag = output.event(entry)
    if (lag) await lag
  }
  output.end()
}

async function answer(
  store: Store,
  liveBuffer: number,
  options: streams.ReadReq.Options,
  output: ReadOutput,
) {
  const read = readRequestOf(options)
  if (read.stream !== undefined) {
    return read.isSubscription
      ? subscribeToStream(store, read, output, liveBuffer)
      : readStream(store, read, output)
  }
  return read.isSubscription
    ? subscribeToAll(store, read, startIndex(store, read), output, liveBuffer)
    : readAll(store, read, output)
}

/** Reads and subscriptions: one method of the protocol. */
export function read(store: Store, liveBuffer: number): (call: ReadCall) => void {
  const encoded = new WeakMap<Entry, Buffer>()
  return (call) => {
    const options = call.request.getOptions() ?? new streams.ReadReq.Options()
    const output = new ReadOutput(call, store, encoded, options.getResolveLinks())
    answer(store, liveBuffer, options, output).catch((error: unknown) =>
      output.fail(isServiceError(error) ? error : errors.unknown(String(error))),
    )
  }
}
