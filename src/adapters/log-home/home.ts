import type pg from 'pg'
import { LogMoved } from '#log/errors.ts'
import type { EventStore } from '#log/event-store.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** Where the log of an installation is, as its database of read models says. */
export interface LogHome {
  /** Undefined until a program has said where its log is. */
  readonly holder: EventStore['kind'] | 'elsewhere' | undefined
  /** For people: hosts and names, never a user or password. */
  readonly place: string | undefined
  /** Where a copy is on its way to. */
  readonly next: EventStore['kind'] | undefined
}

interface HomeRow {
  readonly holder: LogHome['holder'] | null
  readonly place: string | null
  readonly next: LogHome['next'] | null
}

export async function readHome(client: Queryable): Promise<LogHome> {
  const { rows } = await client.query<HomeRow>('select holder, place, next from log.home')
  const [row] = rows
  if (row === undefined) throw new Error('The table log.home has lost its row')
  const { holder, place, next } = row
  return { holder: holder ?? undefined, place: place ?? undefined, next: next ?? undefined }
}

/** Says where the log is, unless it is known already; a log in PostgreSQL that holds nothing yet may be left. */
export async function claimHome(
  client: Queryable,
  kind: EventStore['kind'],
  place: string,
): Promise<LogHome> {
  await client.query(
    `update log.home set holder = $1, place = $2
     where (holder is null or holder = $1
       or (holder = 'postgres' and next is null and not exists (select from log.events)))
       and (holder, place) is distinct from ($1, $2)`,
    [kind, place],
  )
  return readHome(client)
}

/** @throws LogMoved when the log that a program is configured for is not the one written to. */
export function checkHome({ holder, place }: LogHome, kind: EventStore['kind']): void {
  if (holder !== undefined && holder !== kind) throw new LogMoved('moved', place)
}

/** Up to the last: a password may hold what else ends one, and those who connect take it so. */
const SECRET_PART = /\/\/.*@/s

/** A URL as people may see it: without user, password and options. */
export function placeOf(url: string): string {
  return url.replace(SECRET_PART, '//').replace(/[?#].*$/, '')
}
