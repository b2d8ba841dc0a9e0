import streams from '@eventstore/db-client/generated/streams_pb.js'
import { errors } from './errors.ts'
import { type Entry, LAST_REVISION } from './events.ts'
import { END, streamOf } from './protocol.ts'

const { BACKWARDS } = streams.ReadReq.Options.ReadDirection

/** A node looks at events in pages of this many. */
export const PAGE = 32

export interface Filter {
  matches(entry: Entry): boolean
  /** Events looked at in one page of a catch-up, at most. */
  readonly window: number
  /** Events looked at between two checkpoints. */
  readonly checkpointEvery: number
}

interface Read {
  readonly from: 'start' | 'end' | 'given'
  readonly backwards: boolean
  readonly resolveLinks: boolean
  /** Events wanted; of no meaning for a subscription. */
  readonly count: number
  readonly isSubscription: boolean
}

export interface StreamRead extends Read {
  readonly stream: string
  readonly revision: number
}

export interface AllRead extends Read {
  readonly stream: undefined
  readonly commit: number
  readonly prepare: number
  readonly filter: Filter | undefined
}

function regexOf(source: string): RegExp {
  const [, flags, body] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(source) ?? []
  try {
    return new RegExp(body ?? '', flags)
  } catch {
    throw errors.thrown()
  }
}

function filterOf(options: streams.ReadReq.Options.FilterOptions): Filter {
  const onStream = options.getStreamIdentifier()
  const expression = onStream ?? options.getEventType()
  const prefixes = expression?.getPrefixList() ?? []
  const source = expression?.getRegex()
  const regex = source ? regexOf(source) : undefined
  const window = options.hasMax() ? options.getMax() : PAGE
  return {
    window,
    checkpointEvery: window * Math.max(1, options.getCheckpointintervalmultiplier()),
    matches(entry) {
      const text = onStream ? entry.stream : entry.type
      return regex ? regex.test(text) : prefixes.some((prefix) => text.startsWith(prefix))
    },
  }
}

const startOf = (hasStart: boolean, hasEnd: boolean): Read['from'] => {
  if (hasStart) return 'start'
  return hasEnd ? 'end' : 'given'
}

export function readRequestOf(options: streams.ReadReq.Options): StreamRead | AllRead {
  const read = {
    backwards: options.getReadDirection() === BACKWARDS,
    resolveLinks: options.getResolveLinks(),
    count: Number(options.getCount()),
    isSubscription: options.hasSubscription(),
  }
  const ofStream = options.getStream()
  if (ofStream) {
    const stream = streamOf(ofStream.getStreamIdentifier())
    const revision = ofStream.getRevision()
    const isImpossible = BigInt(revision || 0) > BigInt(LAST_REVISION) && revision !== END
    if (stream === '' || isImpossible) throw errors.thrown()
    const from = startOf(ofStream.hasStart(), ofStream.hasEnd() || revision === END)
    return { ...read, from, stream, revision: Number(revision) }
  }
  const ofAll = options.getAll()
  const commit = ofAll?.getPosition()?.getCommitPosition() ?? ''
  const filter = options.getFilter()
  return {
    ...read,
    from: startOf(ofAll?.hasStart() ?? false, (ofAll?.hasEnd() ?? false) || commit === END),
    stream: undefined,
    commit: Number(commit),
    prepare: Number(ofAll?.getPosition()?.getPreparePosition() ?? ''),
    filter: filter && filterOf(filter),
  }
}
