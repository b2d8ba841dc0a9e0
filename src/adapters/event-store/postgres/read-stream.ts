import { PageSize } from '#adapters/event-store/page-size.ts'
import type { StoredEvent, StreamRead } from '#log/event-store.ts'
import { order, type Run, reading } from './reading.ts'
import {
  charactersOf,
  columns,
  eventRows,
  FIRST_PAGE,
  LARGEST_PAGE,
  type StoredRow,
  storedEvent,
} from './rows.ts'

/** The largest integer of PostgreSQL: no event is beyond it. */
const LAST_REVISION = 2 ** 31 - 1

/** Pages of a stream; the next is fetched while the consumer works on the one before, if there is one. */
export async function* readStream(
  run: Run,
  stream: string,
  { from, direction = 'forwards', maxCount = Number.POSITIVE_INFINITY }: StreamRead,
): AsyncGenerator<readonly StoredEvent[]> {
  const backwards = direction === 'backwards'
  const first = Math.min(from ?? (backwards ? LAST_REVISION : 0), LAST_REVISION)
  if (from !== undefined && from > LAST_REVISION && !backwards) return
  const text = `select ${columns} from log.events
    where stream = $1 and revision ${backwards ? '<=' : '>='} $2
    order by revision ${order(backwards)} limit $3`
  const size = new PageSize(FIRST_PAGE, LARGEST_PAGE)
  let left = maxCount
  let asked = 0
  const fetch = (start: number): Promise<readonly StoredRow[]> => {
    asked = Math.min(size.events, left)
    left -= asked
    const statement = reading(`stream-${order(backwards)}`, text, [stream, start, asked])
    const page = run(statement).then(eventRows)
    // Thrown when its turn comes; until then, or when nobody asks any more, it is not unhandled.
    page.catch(() => undefined)
    return page
  }
  let next: Promise<readonly StoredRow[]> | undefined
  next = fetch(first)
  while (next !== undefined) {
    const rows: readonly StoredRow[] = await next
    if (rows.length === 0) return
    size.saw(rows.map(charactersOf))
    const start = Number(rows.at(-1)?.[2]) + (backwards ? -1 : 1)
    const isLast = rows.length < asked || left === 0 || start < 0
    next = isLast ? undefined : fetch(start)
    yield rows.map(storedEvent)
  }
}
