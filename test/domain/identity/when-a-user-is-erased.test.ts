import t from 'tap'
import { type UserEvent, user } from '#domain/identity/user.ts'
import { type UserEmailEvent, userEmail } from '#domain/identity/user-email.ts'
import { given } from '../given-when-then.ts'
import { ofOlga, olga, omar } from './a-member.ts'

const registered: UserEvent = { type: 'UserRegistered', data: ofOlga }
const erase = { type: 'EraseUser', userId: olga, reason: 'left', emailIds: ['hash'] } as const
const note = { type: 'NoteUserOrganisation', userId: olga, organisation: 'shop' } as const
const identity = { identity: 'one', issuer: 'https://login.example' }

t.test('given a user, when they are erased, then it says why, and once only', async (t) => {
  const known = given(user, [registered])
  const data = { userId: olga, reason: 'left', emailIds: ['hash'] }
  t.strictSame(known.when(erase), [{ type: 'UserErased', data }])
  t.strictSame(given(user, known.after(erase)).when(erase), [])
  t.match(given(user, []).when(erase), { code: 'USER_UNKNOWN' })
})

t.test('given a member, when they are erased, then their membership ends first', async (t) => {
  const member = given(user, given(user, [registered]).after(note))
  t.match(member.when(erase), { code: 'USER_STILL_MEMBER', facts: { organisation: 'shop' } })
  const left = given(user, member.after({ ...note, type: 'ReleaseUserOrganisationNote' }))
  t.match(left.when(erase), [{ type: 'UserErased' }])
})

t.test('given an erased user, when anything is done with them, then it is refused', async (t) => {
  const link = { ...identity, type: 'LinkUserIdentity', userId: olga, subject: 'x', by: 'session' }
  const linked = given(user, given(user, [registered]).after(link as never))
  const erased = given(user, linked.after(erase))
  const of = { userId: olga }
  for (const command of [
    { ...ofOlga, type: 'RegisterUser' },
    { ...of, type: 'ChangeUserDetails', name: 'Olga again' },
    note,
    { ...of, type: 'NoteUserLink', purpose: 'reset', expiresAt: '2026-11-22T00:00:00.000Z' },
    { ...of, type: 'NoteUserPassword', by: 'link' },
    link,
  ] as const) {
    t.match(erased.when(command as never), { code: 'USER_ERASED', facts: of }, command.type)
  }
  for (const command of [
    { ...note, type: 'ReleaseUserOrganisationNote' },
    { ...of, type: 'NoteSessionsRevoked', cause: 'membership_ended' },
    { ...of, type: 'UnlinkUserIdentity', identity: 'one' },
  ] as const) {
    t.strictSame(erased.when(command), [], `${command.type}: nothing is left to end`)
  }
  const claimed = { emailIds: ['hash'], identities: [identity] }
  t.strictSame(erased.state, { registration: 'erased', ...claimed }, 'what is to be released')
})

t.test('an address is given back by who has it, and may be claimed by another', async (t) => {
  const claim: UserEmailEvent = { type: 'UserEmailClaimed', data: { userId: olga } }
  const claimed = given(userEmail, [claim])
  const release = { type: 'ReleaseUserEmail', userId: olga } as const
  t.strictSame(claimed.when({ ...release, userId: omar }), [])
  t.strictSame(claimed.when(release), [{ type: 'UserEmailReleased', data: { userId: olga } }])
  const free = given(userEmail, claimed.after(release))
  t.strictSame(free.when(release), [])
  t.match(free.when({ type: 'ClaimUserEmail', userId: omar }), [{ data: { userId: omar } }])
})
