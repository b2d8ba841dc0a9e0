import { randomUUID } from 'node:crypto'
import type { Entry, Expected, Outcome, ProposedEvent } from './events.ts'
import type { Journal } from './journal.ts'
import {
  isSoftDeleted,
  parseMetadata,
  parseObject,
  SOFT_DELETED,
  type StreamMetadata,
} from './stream-metadata.ts'

interface Stream {
  readonly events: Entry[]
  tombstone: Entry | undefined
}

/** How a stream stands. */
export interface StreamState {
  readonly events: readonly Entry[]
  /** Revision of its last event; -1 when it was never written. */
  readonly last: number
  readonly softDeleted: boolean
  readonly tombstone: Entry | undefined
  /** Reading it gives an error: it, or the stream it is the metadata of, has a tombstone. */
  readonly hidden: boolean
}

export interface StoreOptions {
  /** A repeat this soon after the first, in milliseconds, times out as if the first were still being written. */
  readonly settleMs?: number
  readonly history?: readonly Entry[]
  readonly journal?: Journal
}

const EMPTY = Buffer.alloc(0)

const metadataEvent = (json: string): ProposedEvent => ({
  id: randomUUID(),
  type: '$metadata',
  isJson: true,
  data: Buffer.from(json),
  metadata: EMPTY,
})

/** A node's log: streams, one order over all of them, and the rules of writing. */
export class Store {
  readonly all: Entry[] = []
  readonly #streams = new Map<string, Stream>()
  /** Where each id was first used. The real node, too, forgets this when it restarts. */
  readonly #firstUse = new Map<string, Entry>()
  readonly #metadata = new WeakMap<Entry, StreamMetadata>()
  readonly #listeners = new Set<() => void>()
  readonly #journal: Journal | undefined
  readonly #settleMs: number
  #unwritten: Entry[] = []
  #position = 0

  constructor({ settleMs = 0, history = [], journal }: StoreOptions = {}) {
    this.#settleMs = settleMs
    this.#journal = journal
    for (const entry of history) this.#place(entry)
  }

  /** Called after every write. Answers how to stop that. */
  onWrite(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  state(name: string): StreamState {
    const stream = this.#streams.get(name)
    const described = name.startsWith('$$') ? this.#streams.get(name.slice(2)) : undefined
    return {
      events: stream?.events ?? [],
      last: (stream?.events.length ?? 0) - 1,
      softDeleted: isSoftDeleted(this.metadata(name)),
      tombstone: stream?.tombstone,
      hidden: Boolean(stream?.tombstone ?? described?.tombstone),
    }
  }

  /** The metadata in force: that of the last event of `$$name`. */
  metadata(name: string): StreamMetadata {
    if (name.startsWith('$$')) return { maxCount: 1 }
    const event = this.#streams.get(`$$${name}`)?.events.at(-1)
    if (!event) return {}
    const known = this.#metadata.get(event)
    if (known) return known
    const metadata = parseMetadata(event.data)
    this.#metadata.set(event, metadata)
    return metadata
  }

  /** The first revision that can be read, after truncation, `$maxCount` and `$maxAge`. */
  firstReadable(name: string, { events, last }: StreamState): number {
    const { truncateBefore = 0, maxCount, maxAge } = this.metadata(name)
    let first = Math.max(0, truncateBefore)
    if (maxCount !== undefined) first = Math.max(first, last - maxCount + 1)
    if (maxAge !== undefined) {
      const oldest = Date.now() - maxAge * 1000
      while (first <= last && (events[first]?.createdAt ?? 0) < oldest) first++
    }
    return first
  }

  readable(name: string, revision: number): Entry | undefined {
    const state = this.state(name)
    if (state.hidden || revision < this.firstReadable(name, state)) return undefined
    return state.events[revision]
  }

  /** Index in `all` of the first event at or after a position. */
  indexFrom(position: number): number {
    let low = 0
    let high = this.all.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.all[middle]?.position ?? 0) < position) low = middle + 1
      else high = middle
    }
    return low
  }

  append(name: string, expected: Expected, events: readonly ProposedEvent[]): Outcome {
    const state = this.state(name)
    const ids = events.map((event) => event.id)
    const outcome = this.#decide(state, name, expected, ids)
    if (outcome === 'write') {
      const described = name.startsWith('$$') ? name.slice(2) : undefined
      const recreates = described !== undefined && this.state(described).softDeleted
      const written = this.#write(name, events)
      if (state.softDeleted) this.#truncateBefore(name, state.last + 1)
      if (recreates) this.#truncateBefore(described, this.state(described).last + 1)
      this.#commit()
      return {
        kind: 'ok',
        revision: written?.revision ?? state.last,
        position: written?.position ?? this.#position,
      }
    }
    if (outcome.kind === 'ok' && this.#isSettling(state.events[outcome.revision])) {
      return { kind: 'late' }
    }
    return outcome
  }

  /** Takes over what another store of the cluster has written. */
  replicate(entries: readonly Entry[]): void {
    for (const entry of entries) this.#place(entry)
    for (const listener of this.#listeners) listener()
  }

  /** Hides the stream's events; it may be written again. All its other metadata is lost. */
  softDelete(name: string, expected: Expected): Outcome {
    const state = this.state(name)
    const outcome = this.#decide(state, name, expected, [randomUUID()])
    if (outcome !== 'write') return outcome
    if (state.last < 0 && !this.#streams.has(`$$${name}`)) {
      return { kind: 'wrong_version', current: -1 }
    }
    const written = this.#write(`$$${name}`, [metadataEvent(SOFT_DELETED)])
    this.#commit()
    return { kind: 'ok', revision: -1, position: written?.position }
  }

  /** Ends the stream for ever. */
  tombstone(name: string, expected: Expected): Outcome {
    const outcome = this.#decide(this.state(name), name, expected, [randomUUID()])
    if (outcome !== 'write') return outcome
    const entry = this.#record(name, -1, {
      id: randomUUID(),
      type: '$streamDeleted',
      isJson: false,
      data: EMPTY,
      metadata: EMPTY,
    })
    this.#commit()
    return { kind: 'ok', revision: -1, position: entry.position }
  }

  /** The node's rule, repeats included. A repeat is answered with where the first one put its last event. */
  #decide(
    state: StreamState,
    name: string,
    expected: Expected,
    ids: readonly string[],
  ): Outcome | 'write' {
    const wrong: Outcome = { kind: 'wrong_version', current: state.last }
    if (state.tombstone) return { kind: 'deleted' }
    if (expected === 'any' || expected === 'stream_exists') {
      if (expected === 'stream_exists') {
        if (state.softDeleted) return { kind: 'deleted' }
        if (state.last < 0 && !this.#streams.has(`$$${name}`)) return wrong
      }
      return this.#decideByMemory(name, ids, wrong)
    }
    const after = expected === 'no_stream' ? -1 : expected
    if (after > state.last) return wrong
    if (after === state.last) return 'write'
    const differs = ids.findIndex((id, i) => state.events[after + 1 + i]?.id !== id)
    if (differs < 0 && ids.length > 0) return this.#repeat(name, after + ids.length)
    return differs === 0 && after === -1 && state.softDeleted ? 'write' : wrong
  }

  /** Without an expected revision, repeats are known by where each id was first used, in any order and with gaps. */
  #decideByMemory(name: string, ids: readonly string[], wrong: Outcome): Outcome | 'write' {
    const uses = ids
      .map((id) => this.#firstUse.get(id))
      .map((use) => (use?.stream === name ? use : undefined))
    const first = uses[0]
    const last = uses.at(-1)
    if (!first) return 'write'
    if (!last || uses.includes(undefined)) return wrong
    return first.revision > last.revision ? { kind: 'silent' } : this.#repeat(name, last.revision)
  }

  #repeat(name: string, revision: number): Outcome {
    return { kind: 'ok', revision, position: this.readable(name, revision)?.position }
  }

  #isSettling(entry: Entry | undefined): boolean {
    return entry !== undefined && Date.now() - entry.createdAt < this.#settleMs
  }

  #truncateBefore(name: string, revision: number): void {
    const event = this.#streams.get(`$$${name}`)?.events.at(-1)
    const metadata = event && parseObject(event.data)
    if (!metadata) return
    this.#write(`$$${name}`, [metadataEvent(JSON.stringify({ ...metadata, $tb: revision }))])
  }

  #write(name: string, events: readonly ProposedEvent[]): Entry | undefined {
    let last = this.state(name).last
    return events.map((event) => this.#record(name, ++last, event)).at(-1)
  }

  #record(stream: string, revision: number, event: ProposedEvent): Entry {
    const entry: Entry = {
      ...event,
      stream,
      revision,
      position: this.#position,
      createdAt: Date.now(),
      isTombstone: event.type === '$streamDeleted' && revision < 0,
    }
    this.#place(entry)
    if (!this.#firstUse.has(entry.id)) this.#firstUse.set(entry.id, entry)
    this.#unwritten.push(entry)
    return entry
  }

  #place(entry: Entry): void {
    const stream = this.#streams.get(entry.stream) ?? { events: [], tombstone: undefined }
    this.#streams.set(entry.stream, stream)
    if (entry.isTombstone) stream.tombstone = entry
    else stream.events.push(entry)
    this.all.push(entry)
    const size = entry.stream.length + entry.type.length + entry.data.length + entry.metadata.length
    this.#position = entry.position + 60 + size
  }

  #commit(): void {
    if (this.#unwritten.length > 0) this.#journal?.write(this.#unwritten)
    this.#unwritten = []
    for (const listener of this.#listeners) listener()
  }
}
