import type { ReadonlyKysely } from 'kysely/readonly'
import { foldPast, type PastSource } from '../log/past-events.ts'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { identityMembers, member, type MemberRow } from './members.ts'

type Db = ReadonlyKysely<ReadModels>

/** Who came last comes first. @throws Rejection CURSOR_INVALID */
export async function listMembers(db: Db, page: PageRequest): Promise<Page<MemberRow>> {
  const { limit } = page
  let query = db
    .selectFrom('identity_members.member as m')
    .selectAll('m')
    .orderBy('m.ordinal', 'desc')
    .limit(limit + 1)
  const before = placeOf(page)
  if (before !== undefined) query = query.where('m.ordinal', '<', before)
  return pageOf(await query.execute(), limit, keyOf)
}

export async function findMember(db: Db, userId: string): Promise<MemberRow | undefined> {
  return db
    .selectFrom('identity_members.member as m')
    .selectAll('m')
    .where('m.user_id', '=', userId)
    .executeTakeFirst()
}

/** Of what the members were, as at an ordinal of the organisation. */
export interface MembersThen {
  /** The stream of the organisation's members. */
  readonly stream: string
  /** The ordinal, included. */
  readonly until: string
}

/** All of them, as `listMembers` would have answered. */
export async function membersAsOf(
  source: PastSource,
  db: Db,
  { stream, until }: MembersThen,
): Promise<readonly MemberRow[]> {
  const rows = await foldPast(source, db, [identityMembers], { madeBy: { stream }, until })
  return rows.rows(member).toSorted((a, b) => Number(b.ordinal) - Number(a.ordinal))
}

/** A page of them. @throws Rejection CURSOR_INVALID */
export function pageOfMembers(rows: readonly MemberRow[], page: PageRequest): Page<MemberRow> {
  const before = Number(placeOf(page) ?? Infinity)
  const rest = rows.filter(({ ordinal }) => Number(ordinal) < before)
  return pageOf(rest, page.limit, keyOf)
}

function placeOf({ cursor }: PageRequest): string | undefined {
  return cursor === undefined ? undefined : decodeCursor(cursor, ['number'])[0]
}

const keyOf = ({ ordinal }: MemberRow): readonly string[] => [ordinal]
