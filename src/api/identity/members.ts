import type { FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import type { Limits } from '#config'
import { members } from '#domain/identity/members.ts'
import { Rejection } from '#domain/rejection.ts'
import { streamName } from '#log/stream-name.ts'
import {
  findMember,
  listMembers,
  membersAsOf,
  pageOfMembers,
} from '#projections/identity/member-queries.ts'
import type { MemberRow } from '#projections/identity/members.ts'
import type { Page } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { answeredRows } from '../access/on-record.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { type KnownAt, knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Query, type Read, readMeta } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import type { IdentityRouteDeps } from './identity-requests.ts'
import { memberOut, memberView } from './member-view.ts'

export interface MemberReadDeps extends IdentityRouteDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const tags = ['members']

/** Rows as of an instant: that of the question, or that which `known_at` means. */
interface Found<Rows> {
  readonly rows: Rows
  readonly at: string
}

/** The members of the organisation, with those who are invited: the list and one of them. */
export function addMemberReads(app: App, deps: MemberReadDeps): void {
  addList(app, deps)
  addOne(app, deps)
}

function addList(app: App, deps: MemberReadDeps): void {
  const { clock, read, limits } = deps
  app.get(
    '/api/members',
    {
      ...may('audit'),
      schema: {
        tags,
        summary: 'Members, and who is invited to become one; who came last comes first',
        querystring: z.strictObject({ ...knownAtQuery, ...listFields(limits) }),
        response: { 200: answer(z.array(memberOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, known_at } = request.query
      const page = { limit, cursor }
      const query: Query<Found<Page<MemberRow>>> = async (db, known) => {
        if (known === undefined) return { rows: await listMembers(db, page), at: clock() }
        const all = await membersThen(deps, request, db, known)
        return { rows: pageOfMembers(all, page), at: known.instant }
      }
      const { found, meta } = await read(request, 'identity_members', query)
      const { rows, at } = found
      answeredRows(request, rows.items.length)
      const seen = known_at === undefined ? await lastSeen(deps, request, rows.items) : undefined
      return listAnswer(request, reply, { found: rows, meta }, limit, (row) =>
        memberView(row, at, seen?.get(row.user_id)),
      )
    },
  )
}

function addOne(app: App, deps: MemberReadDeps): void {
  const { clock, read } = deps
  app.get(
    '/api/members/:id',
    {
      ...may('audit'),
      schema: {
        tags,
        summary: 'One member, or who is invited',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(memberOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const query: Query<Found<MemberRow | undefined>> = async (db, known) => {
        if (known === undefined) return { rows: await findMember(db, id), at: clock() }
        const all = await membersThen(deps, request, db, known)
        return { rows: all.find((row) => row.user_id === id), at: known.instant }
      }
      const { found, meta } = await read(request, 'identity_members', query)
      const { rows: row, at } = found
      if (row === undefined) throw new Rejection('MEMBER_UNKNOWN', { userId: id })
      answeredRows(request, 1)
      const isPast = request.query.known_at !== undefined
      const seen = isPast ? undefined : await lastSeen(deps, request, [row])
      return { success: true as const, data: memberView(row, at, seen?.get(id)), meta }
    },
  )
}

/** Folded again from the stream of the members, as the caller sees it. */
function membersThen(
  { sourceFor }: MemberReadDeps,
  request: FastifyRequest,
  db: ReadonlyKysely<ReadModels>,
  { ordinal: until }: Pick<KnownAt, 'ordinal'>,
): Promise<readonly MemberRow[]> {
  const stream = streamName(members.category, callerOf(request).organisation, MEMBERS_ID)
  return membersAsOf(sourceFor(request), db, { stream, until })
}

/** In the own organisation alone: what they do elsewhere is not this one's to know. */
function lastSeen(
  { identity }: IdentityRouteDeps,
  request: FastifyRequest,
  rows: readonly MemberRow[],
): Promise<ReadonlyMap<string, string>> {
  const ids = rows.map(({ user_id }) => user_id)
  return identity.sessions.lastSeen(callerOf(request).organisation, ids)
}
