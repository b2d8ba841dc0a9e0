import type { FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { CommandHandler } from '#commands/handler.ts'
import { UNMASKINGS_ID } from '#commands/operation.ts'
import { unmaskings } from '#domain/identity/unmaskings.ts'
import { streamName } from '#log/stream-name.ts'
import { findReasoned } from '#projections/access/access-queries.ts'
import { type Reference, type ReferenceKind, referenceKinds } from '#projections/log/reference.ts'
import { reasonedAboutOthers } from '#projections/privacy/asked-ids.ts'
import {
  idsOfPerson,
  pageOfRows,
  type RowOfPerson,
  toldTables,
} from '#projections/privacy/rows-of-person.ts'
import { subjectsOfPerson } from '#projections/privacy/subjects-of-person.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { callerOf } from '../authentication.ts'
import { type EventOut, eventViews } from '../log/event-view.ts'
import type { Read, ReadQuery } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import type { PersonRecord } from './person-files.ts'

type Db = ReadonlyKysely<ReadModels>

/** Records that are in memory at a time. */
export const PAGE = 500

/** What somebody is known by: all that rows, events and accesses about them name. */
export interface Person {
  /** Whom the person is known as as a customer; the one asked for first. */
  readonly customers: readonly string[]
  readonly ids: readonly string[]
  /** Whose personal data is the person's own. */
  readonly subjects: ReadonlySet<string>
  readonly references: readonly Reference[]
  /** Of accesses that gave a reason and asked for something of theirs. */
  readonly accesses: readonly string[]
  /** Of grants to see what is theirs, whoever has it. */
  readonly unmaskings: readonly string[]
}

export interface PersonDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly handler: Pick<CommandHandler, 'load'>
}

/** Whom a customer is, and what is theirs, as far as the read models know. */
export async function findPerson(
  { handler }: Pick<PersonDeps, 'handler'>,
  db: Db,
  organisation: string,
  customerId: string,
): Promise<Person> {
  const subjects = await subjectsOfPerson(db, customerId)
  const idsOf = (kind: string) => subjects.filter((one) => one.kind === kind).map(({ id }) => id)
  const { ids, creditNotes } = await idsOfPerson(db, subjects)
  const accesses = idsOf('access')
  // A reason that may be about somebody else as well is not for this one to read.
  const others = await reasonedAboutOthers(db, organisation, accesses, ids)
  const { state } = await handler.load(unmaskings, organisation, UNMASKINGS_ID)
  const own = new Set(ids)
  const granted = Object.entries(state.granted).flatMap(([id, { subject }]) =>
    subject !== undefined && own.has(subject) ? [id] : [],
  )
  return {
    customers: idsOf('customer'),
    ids,
    subjects: new Set([...ids, ...granted].filter((id) => !others.has(id))),
    references: [
      ...subjects.flatMap(({ kind, id }) => (isReferred(kind) ? [{ kind, id }] : [])),
      ...creditNotes.map((id) => ({ kind: 'credit_note' as const, id })),
    ],
    accesses,
    unmaskings: granted,
  }
}

function isReferred(kind: string): kind is ReferenceKind {
  return referenceKinds.some((one) => one === kind)
}

/** A request that reads. */
export type PersonRequest = FastifyRequest<{ Querystring: ReadQuery }>

/** Rows of every table that has any, a page at a time. */
export async function* rowsOf(
  read: Read,
  request: PersonRequest,
  { ids }: Person,
): AsyncGenerator<readonly PersonRecord[]> {
  for (const name of toldTables) {
    const [projection = ''] = name.split('.')
    let after: RowOfPerson | undefined
    do {
      const from = after
      const { found } = await read(request, projection, (db) =>
        pageOfRows(db, name, ids, { limit: PAGE, after: from }),
      )
      yield found.map((row) => ({ record: 'row', of: name, data: row }))
      after = found.length < PAGE ? undefined : found.at(-1)
    } while (after !== undefined)
  }
}

/** Events as records, each by its type. */
export function recordsOf(
  record: PersonRecord['record'],
  events: readonly EventOut[],
): readonly PersonRecord[] {
  return events.map((event) => ({ record, of: event.type, data: event }))
}

/** Who asked for something of theirs and said why: events of the record of access. */
export async function accessesOf(
  { read, sourceFor }: PersonDeps,
  request: PersonRequest,
  { accesses }: Person,
): Promise<readonly EventOut[]> {
  const { found } = await read(request, 'accesses', (db) => findReasoned(db, accesses))
  const { log, codec } = sourceFor(request)
  return eventViews(codec, await log.readMany(found), () => null)
}

/** Grants to see what is theirs, and their ends. */
export async function unmaskingsOf(
  { sourceFor }: Pick<PersonDeps, 'sourceFor'>,
  request: FastifyRequest,
  { unmaskings: ids }: Person,
): Promise<readonly EventOut[]> {
  if (ids.length === 0) return []
  const wanted = new Set<unknown>(ids)
  const { organisation } = callerOf(request)
  const { log, codec } = sourceFor(request)
  const found: EventOut[] = []
  for await (const page of log.readStream(
    streamName(unmaskings.category, organisation, UNMASKINGS_ID),
  )) {
    const events = await eventViews(codec, page, () => null)
    found.push(...events.filter(({ data }) => wanted.has(data?.['unmaskingId'])))
  }
  return found
}
