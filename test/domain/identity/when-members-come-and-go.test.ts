import fc from 'fast-check'
import t from 'tap'
import {
  type MemberRole,
  type MembersCommand,
  type MembersEvent,
  members,
  roleOf,
} from '#domain/identity/members.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import { given, storable } from '../given-when-then.ts'
import {
  grant,
  ORGANISATION,
  ofOlga,
  ofOmar,
  olga,
  olgaOwns,
  omar,
  omarKeepsBooks,
} from './a-member.ts'

const expiresAt = '2026-11-28T09:30:00.000Z'
const invite: MembersCommand = {
  type: 'InviteMember',
  organisation: ORGANISATION,
  ...ofOmar,
  role: 'auditor',
  invitedBy: olga,
  expiresAt,
}
const invited: MembersEvent = {
  type: 'MemberInvited',
  data: { ...ofOmar, role: 'auditor', invitedBy: olga, expiresAt },
}
const of = (userId: string) => ({ organisation: ORGANISATION, userId })

t.test('given nobody, when an owner is granted, then they are one', async (t) => {
  t.strictSame(given(members, []).when(grant(ofOlga, 'owner')), [olgaOwns])
  t.strictSame(given(members, [olgaOwns]).when(grant(ofOlga, 'owner')), [], 'and once only')
})

t.test('given an invitation, when it is accepted, then who invited stands in it', async (t) => {
  t.strictSame(given(members, [olgaOwns]).when(invite), [invited])
  const past = given(members, [olgaOwns, invited])
  t.equal(roleOf(past.state, omar), undefined, 'until then they may nothing')
  const accept = { type: 'AcceptInvitation', ...of(omar) } as const
  const granted = {
    type: 'MembershipGranted',
    data: { userId: omar, role: 'auditor', invitedBy: olga },
  }
  t.strictSame(past.when(accept), [granted])
  t.strictSame(given(members, past.after(accept)).when(accept), [], 'and once only')
})

t.test('an invitation that was withdrawn cannot be accepted', async (t) => {
  const past = given(members, [olgaOwns, invited])
  const end = { type: 'EndMembership', ...of(omar) } as const
  t.strictSame(past.when(end), [{ type: 'MemberInvitationWithdrawn', data: { userId: omar } }])
  t.match(given(members, past.after(end)).when({ type: 'AcceptInvitation', ...of(omar) }), {
    code: 'MEMBER_UNKNOWN',
  })
})

t.test('who is a member is not invited', async (t) => {
  const past = given(members, [olgaOwns, omarKeepsBooks])
  t.match(past.when(invite), { code: 'MEMBER_ALREADY', facts: { userId: omar } })
})

t.test('a role is changed, and a membership ended, for whoever is there', async (t) => {
  const past = given(members, [olgaOwns, omarKeepsBooks])
  const audits = { type: 'ChangeMemberRole', ...of(omar), role: 'auditor' } as const
  t.strictSame(past.when(audits), [
    { type: 'MemberRoleChanged', data: { userId: omar, from: 'accountant', to: 'auditor' } },
  ])
  t.strictSame(past.when({ ...audits, role: 'accountant' }), [])
  t.strictSame(past.when({ type: 'EndMembership', ...of(omar) }), [
    { type: 'MembershipEnded', data: { userId: omar, role: 'accountant' } },
  ])
  t.match(given(members, [olgaOwns]).when(audits), { code: 'MEMBER_UNKNOWN' })
  const end = { type: 'EndMembership', ...of(omar) } as const
  t.match(given(members, [olgaOwns]).when(end), { code: 'MEMBER_UNKNOWN' })
})

t.test('the last owner goes all the same once they are erased', async (t) => {
  const past = given(members, [olgaOwns, omarKeepsBooks])
  const end = { type: 'EndMembership', ...of(olga), isErased: true } as const
  t.strictSame(past.when(end), [{ type: 'MembershipEnded', data: { userId: olga, role: 'owner' } }])
})

t.test('the last owner can neither go nor become something else', async (t) => {
  const past = given(members, [olgaOwns, omarKeepsBooks, invited])
  const refused = { code: 'LAST_OWNER', facts: { userId: olga } }
  t.match(past.when({ type: 'EndMembership', ...of(olga) }), refused)
  t.match(past.when({ type: 'ChangeMemberRole', ...of(olga), role: 'auditor' }), refused)
  t.match(past.when(grant(ofOlga, 'auditor')), refused)
})

t.test('who runs the installation is of no organisation, and the other way round', async (t) => {
  const runs = { ...grant(ofOlga, 'owner'), role: 'installation' } as MembersCommand
  t.match(given(members, []).when(runs), { code: 'ROLE_NOT_ALLOWED', field: 'role' })
  const there = { ...runs, organisation: INSTALLATION } as MembersCommand
  t.match(given(members, []).when(there), [{ type: 'MembershipGranted' }])
  const owns = { ...there, role: 'owner' } as MembersCommand
  t.match(given(members, []).when(owns), { code: 'ROLE_NOT_ALLOWED' })
})

t.test(
  'whatever is asked in whatever order, an organisation that had an owner has one',
  async () => {
    const who = fc.constantFrom('a', 'b', 'c')
    const role = fc.constantFrom<MemberRole>('owner', 'operator', 'auditor')
    const command = fc.oneof(
      fc.record({ type: fc.constant('GrantMembership' as const), userId: who, role }),
      fc.record({ type: fc.constant('ChangeMemberRole' as const), userId: who, role }),
      fc.record({ type: fc.constant('EndMembership' as const), userId: who }),
      fc.record({ type: fc.constant('InviteMember' as const), userId: who, role }),
      fc.record({ type: fc.constant('AcceptInvitation' as const), userId: who }),
    )
    const rest = {
      organisation: ORGANISATION,
      name: 'N',
      email: 'n@example.com',
      invitedBy: 'a',
      expiresAt,
    }
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let state = [olgaOwns].reduce(members.evolve, members.initial)
        for (const asked of commands) {
          try {
            const events = members.decide({ ...rest, ...asked }, state)
            state = events.map(storableMember).reduce(members.evolve, state)
          } catch (error) {
            if (!(error instanceof Rejection)) throw error
          }
          const owners = Object.keys(state.members).filter((id) => roleOf(state, id) === 'owner')
          if (owners.length === 0) throw new Error(JSON.stringify(state))
        }
      }),
      { seed: 20_261_121 },
    )
  },
)

const storableMember = (event: MembersEvent): MembersEvent => storable(event)
