import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ERASED } from '#domain/event-schema.ts'
import {
  type MemberRole,
  type MembersCommand,
  type MembersEvent,
  members,
} from '#domain/identity/members.ts'
import { Rejection } from '#domain/rejection.ts'
import { identityMembers, type MemberRow } from '#projections/identity/members.ts'
import { foldInto, recorded } from '#test/projections/fold-runner.ts'

const expiresAt = '2026-11-28T09:30:00.000Z'
const invited: MembersEvent = {
  type: 'MemberInvited',
  data: {
    userId: 'omar',
    name: 'Omar',
    email: 'omar@example.com',
    role: 'auditor',
    invitedBy: 'olga',
    expiresAt,
  },
}
const accepted: MembersEvent = {
  type: 'MembershipGranted',
  data: { userId: 'omar', role: 'auditor', invitedBy: 'olga' },
}

function rowsOf(events: readonly MembersEvent[]): readonly MemberRow[] {
  const told = events.map((event) => ({ event, stream: ['members', 'members'] as const }))
  return (foldInto(identityMembers, recorded(told))['member'] ?? []) as readonly MemberRow[]
}

t.test('who accepts is known as who was invited, and by whom', async (t) => {
  const [before] = rowsOf([invited])
  t.match(before, { member_since: null, invited_by: 'olga', role_given_by: 'olga' })
  const [after] = rowsOf([invited, accepted])
  t.match(after, {
    ...before,
    member_since: /Z$/,
    role_since: /Z$/,
    name: 'Omar',
    email: 'omar@example.com',
  })
})

t.test('of who was erased nothing is kept that was written', async (t) => {
  const erased = { ...invited, data: { ...invited.data, name: ERASED, email: ERASED } }
  t.match(rowsOf([erased]), [{ user_id: 'omar', name: null, email: null }])
})

t.test('whatever happens, the rows are the members that the log says', (t) => {
  const who = fc.constantFrom('a', 'b', 'c')
  const role = fc.constantFrom<MemberRole>('owner', 'operator', 'auditor')
  const command = fc.oneof(
    fc.record({ type: fc.constant('GrantMembership' as const), userId: who, role }),
    fc.record({ type: fc.constant('InviteMember' as const), userId: who, role }),
    fc.record({ type: fc.constant('ChangeMemberRole' as const), userId: who, role }),
    fc.record({ type: fc.constant('AcceptInvitation' as const), userId: who }),
    fc.record({ type: fc.constant('EndMembership' as const), userId: who }),
  )
  const rest = {
    organisation: 'main',
    name: 'N',
    email: 'n@example.com',
    invitedBy: 'a',
    expiresAt,
  }
  const property = fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
    let state = members.initial
    const all: MembersEvent[] = []
    for (const asked of commands) {
      const events = decided({ ...rest, ...asked }, state)
      state = events.reduce(members.evolve, state)
      all.push(...events)
    }
    const rows = rowsOf(all).map(({ user_id, role, member_since }) => {
      const status = member_since === null ? 'invited' : 'member'
      return [user_id, { role, status }] as const
    })
    const right = Object.entries(state.members).map(([id, one]) => {
      return [id, { role: one.role, status: one.status }] as const
    })
    assert.deepEqual(new Map(rows), new Map(right))
  })
  t.doesNotThrow(() => fc.assert(property, { seed: 20_261_122 }))
  t.end()
})

function decided(command: MembersCommand, state: typeof members.initial): readonly MembersEvent[] {
  try {
    return members.decide(command, state)
  } catch (error) {
    if (error instanceof Rejection) return []
    throw error
  }
}
