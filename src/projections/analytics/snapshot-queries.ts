import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { addDays } from '#domain/dates.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { type DaySum, type Snapshot, snapshotsOf } from './snapshot.ts'

export interface SnapshotQuestion {
  /** Default: every user who has a figure until the last day, on every day. */
  readonly user?: string | undefined
  /** Days, included. */
  readonly from: string
  readonly to: string
  /** Of this currency only, where a figure is of money. */
  readonly currency?: string | undefined
  /** As it was known when the organisation's log held so many events. Default: all of them. */
  readonly knownAt?: string | undefined
}

/** Later than any event. */
const END = '9223372036854775807'

interface Place {
  readonly user: string
  readonly day: string
}

/**
 * One snapshot per user and day, the latest days first, also of days on which nothing happened.
 *
 * @throws Rejection CURSOR_INVALID
 */
export async function dailySnapshots(
  db: ReadonlyKysely<ReadModels>,
  question: SnapshotQuestion,
  { limit, cursor }: PageRequest,
): Promise<Page<Snapshot>> {
  const users = question.user === undefined ? await usersOf(db, question) : [question.user]
  const places = placesOf(question, users.toSorted(), cursor, limit + 1)
  const page = places.slice(0, limit)
  const last = page.at(-1)
  if (last === undefined) return { items: [], next: undefined }
  const shown = new Set(page.map(({ user }) => user))
  const sums = await sumsOf(db, question, page, shown.size < users.length ? shown : undefined)
  return {
    items: snapshotsAt(page, sums),
    next: places.length > limit ? encodeCursor([last.day, last.user]) : undefined,
  }
}

/** The latest days first, as places are. */
function snapshotsAt(
  places: readonly Place[],
  sums: readonly (DaySum & { readonly user_id: string })[],
): readonly Snapshot[] {
  const sumsByUser = Map.groupBy(sums, ({ user_id }) => user_id)
  return [...Map.groupBy(places, ({ user }) => user)]
    .flatMap(([user, own]) => {
      const days = own.map(({ day }) => day).toReversed()
      return [...snapshotsOf(user, days, sumsByUser.get(user) ?? [])]
    })
    .toSorted((a, b) => (a.day === b.day ? compare(a.user, b.user) : compare(b.day, a.day)))
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** So many users and days, the latest days first, after those that the cursor has passed. */
function placesOf(
  { from, to }: SnapshotQuestion,
  users: readonly string[],
  cursor: string | undefined,
  count: number,
): readonly Place[] {
  const [lastDay, lastUser] =
    cursor === undefined ? [undefined, ''] : decodeCursor(cursor, ['date', 'text'])
  const first = lastDay === undefined || lastDay > to ? to : lastDay
  const places: Place[] = []
  for (let day = first; day >= from && users.length > 0; day = addDays(day, -1)) {
    for (const user of users) {
      if (places.length === count) return places
      if (day !== lastDay || user > lastUser) places.push({ user, day })
    }
  }
  return places
}

/** Each user is sought after the one before: reading all their deltas would take far longer. */
async function usersOf(
  db: ReadonlyKysely<ReadModels>,
  { to, knownAt }: SnapshotQuestion,
): Promise<readonly string[]> {
  const until = sql`day <= ${to} and ordinal <= ${knownAt ?? END}`
  const users = sql<{ user_id: string | null }>`(
    with recursive known as (
      (select user_id from analytics.delta where ${until} order by user_id limit 1)
      union all
      select (select user_id from analytics.delta
              where user_id > known.user_id and ${until} order by user_id limit 1)
      from known where known.user_id is not null
    )
    select user_id from known)`
  const rows = await db
    .selectFrom(users.as('u'))
    .select('u.user_id')
    .where('u.user_id', 'is not', null)
    .$narrowType<{ user_id: string }>()
    .execute()
  return rows.map(({ user_id }) => user_id)
}

/**
 * What users had before the first of these days, and what each day added. Of all users, they are not
 * sought by name: reading everything in its order is quicker.
 */
async function sumsOf(
  db: ReadonlyKysely<ReadModels>,
  { user, currency, knownAt }: SnapshotQuestion,
  places: readonly Place[],
  some: ReadonlySet<string> | undefined,
): Promise<readonly (DaySum & { readonly user_id: string })[]> {
  const days = places.map(({ day }) => day).toSorted()
  const [first = '', last = ''] = [days[0], days.at(-1)]
  const shownDay = sql<string | null>`case when d.day >= ${first}::date then d.day end`
  return db
    .selectFrom('analytics.delta as d')
    .select(['d.user_id', 'd.measure', 'd.currency', shownDay.as('day')])
    .select(({ fn }) => [
      fn.sum<string>('d.count').as('count'),
      fn.sum<string>('d.amount').as('amount'),
    ])
    .$if(user !== undefined, (query) => query.where('d.user_id', '=', user ?? ''))
    .$if(some !== undefined, (query) => query.where('d.user_id', 'in', [...(some ?? [])]))
    .where('d.day', '<=', last)
    .where('d.ordinal', '<=', knownAt ?? END)
    .$if(currency !== undefined, (query) => query.where('d.currency', 'in', ['', currency ?? '']))
    .groupBy(['d.user_id', 'd.measure', 'd.currency', sql`4`])
    .execute()
}
