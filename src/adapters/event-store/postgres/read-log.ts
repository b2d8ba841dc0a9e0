import { PageSize } from '#adapters/event-store/page-size.ts'
import { LogDamaged } from '#log/errors.ts'
import type { LogFilter, StoredEvent } from '#log/event-store.ts'
import { readAhead } from './read-ahead.ts'
import { order, type Run, reading } from './reading.ts'
import { charactersOf, columns, eventRows, FIRST_PAGE, LARGEST_PAGE, storedEvent } from './rows.ts'

/** Positions that one filtered query looks at, at most. */
const FILTERED_STRETCH = 50_000

/** Positions after the one up to the other. */
export interface Stretch {
  readonly after: number
  readonly upTo: number
}

export interface LogPage {
  /** In the order read. */
  readonly events: readonly StoredEvent[]
  /** What was looked at for this page. */
  readonly stretch: Stretch
}

/** Pages of a stretch of the log, forwards or backwards. */
export function readLog(
  run: Run,
  stretch: Stretch,
  backwards: boolean,
  filter?: LogFilter,
): AsyncGenerator<LogPage> {
  if (filter?.types !== undefined || filter?.categories !== undefined) {
    return readFiltered(run, stretch, backwards, filter)
  }
  const size = new PageSize(FIRST_PAGE, LARGEST_PAGE)
  return readAhead(
    pieces(stretch, backwards, () => size.events),
    (piece) => readPiece(run, piece, backwards, size),
  )
}

function* pieces(
  { after, upTo }: Stretch,
  backwards: boolean,
  size: () => number,
): Generator<Stretch> {
  for (let from = after, to = upTo; from < to; ) {
    const piece = backwards
      ? { after: Math.max(from, to - size()), upTo: to }
      : { after: from, upTo: Math.min(to, from + size()) }
    yield piece
    if (backwards) to = piece.after
    else from = piece.upTo
  }
}

/** Positions have no gaps, so the bounds say how many events there must be. */
async function readPiece(
  run: Run,
  stretch: Stretch,
  backwards: boolean,
  size: PageSize,
): Promise<LogPage> {
  const { after, upTo } = stretch
  const text = `select ${columns} from log.events where position > $1 and position <= $2
    order by position ${order(backwards)}`
  const rows = eventRows(await run(reading(`piece-${order(backwards)}`, text, [after, upTo])))
  const missing = upTo - after - rows.length
  if (missing !== 0) {
    throw new LogDamaged(`${missing} events are missing between positions ${after} and ${upTo}`)
  }
  size.saw(rows.map(charactersOf))
  return { events: rows.map(storedEvent), stretch }
}

async function* readFiltered(
  run: Run,
  whole: Stretch,
  backwards: boolean,
  { types, categories }: LogFilter,
): AsyncGenerator<LogPage> {
  const text = `select ${columns} from log.events where position > $1 and position <= $2
    and ($3::text[] is null or type = any($3))
    and ($4::text[] is null or split_part(stream, '-', 1) = any($4))
    order by position ${order(backwards)} limit $5`
  const size = new PageSize(FIRST_PAGE, LARGEST_PAGE)
  for (const piece of pieces(whole, backwards, () => FILTERED_STRETCH)) {
    for (let left = piece; left.after < left.upTo; ) {
      const most = size.events
      const values = [left.after, left.upTo, types ?? null, categories ?? null, most]
      const rows = eventRows(await run(reading(`filtered-${order(backwards)}`, text, values)))
      size.saw(rows.map(charactersOf))
      const last = rows.length === most ? Number(rows.at(-1)?.[0]) : undefined
      const seen = last === undefined ? left : seenUntil(left, last, backwards)
      yield { events: rows.map(storedEvent), stretch: seen }
      left = backwards ? { ...left, upTo: seen.after } : { ...left, after: seen.upTo }
    }
  }
}

function seenUntil({ after, upTo }: Stretch, last: number, backwards: boolean): Stretch {
  return backwards ? { after: last - 1, upTo } : { after, upTo: last }
}
