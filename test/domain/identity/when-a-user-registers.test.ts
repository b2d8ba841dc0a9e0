import t from 'tap'
import { type UserEvent, ORGANISATIONS_OF_USER, user } from '#domain/identity/user.ts'
import { comparableEmail, userEmail } from '#domain/identity/user-email.ts'
import { given } from '../given-when-then.ts'
import { ofOlga, olga, omar } from './a-member.ts'

const registered: UserEvent = { type: 'UserRegistered', data: ofOlga }
const register = { type: 'RegisterUser', ...ofOlga } as const
const known = given(user, [registered])

t.test('a user registers, and once only', async (t) => {
  t.strictSame(given(user, []).when(register), [registered])
  t.strictSame(known.when(register), [])
})

t.test('nothing is done with a user who is not there', async (t) => {
  t.match(given(user, []).when({ type: 'ChangeUserDetails', userId: olga, name: 'O' }), {
    code: 'USER_UNKNOWN',
  })
})

t.test('a language is chosen, and given up', async (t) => {
  const choose = { type: 'ChangeUserDetails', userId: olga, language: 'fa' } as const
  t.strictSame(known.when(choose), [
    { type: 'UserDetailsChanged', data: { userId: olga, language: 'fa' } },
  ])
  const past = given(user, known.after(choose))
  t.strictSame(past.when(choose), [])
  t.strictSame(past.when({ ...choose, language: null }), [
    { type: 'UserDetailsChanged', data: { userId: olga, language: null } },
  ])
  t.strictSame(known.when({ ...choose, language: null }), [])
})

t.test('organisations are noted in the order in which they are joined', async (t) => {
  const note = (organisation: string) =>
    ({ type: 'NoteUserOrganisation', userId: olga, organisation }) as const
  const one = given(user, known.after(note('zeta')))
  const two = given(user, one.after(note('alpha')))
  t.match(two.state, { organisations: ['zeta', 'alpha'] })
  t.strictSame(two.when(note('zeta')), [])
  const left = given(user, two.after({ ...note('zeta'), type: 'ReleaseUserOrganisationNote' }))
  t.match(left.state, { organisations: ['alpha'] })
  const many = Array.from(
    { length: ORGANISATIONS_OF_USER },
    (_, i): UserEvent => ({
      type: 'UserOrganisationNoted',
      data: { userId: olga, organisation: `org-${i}` },
    }),
  )
  t.match(given(user, [registered, ...many]).when(note('one-more')), {
    code: 'ORGANISATIONS_TOO_MANY',
  })
})

t.test('an e-mail address is one user’s, however it is written', async (t) => {
  const claim = { type: 'ClaimUserEmail', userId: olga } as const
  const past = given(userEmail, given(userEmail, []).after(claim))
  t.strictSame(past.when(claim), [], 'who has it may claim it again')
  t.match(past.when({ ...claim, userId: omar }), { code: 'EMAIL_TAKEN', field: 'email' })
  t.equal(comparableEmail(' Olga@Example.COM '), 'olga@example.com')
})

t.test('who has another address lets go of the one before, and of nobody else’s', async (t) => {
  const change = { type: 'ChangeUserEmail', userId: olga, email: 'olga.p@example.com' } as const
  t.strictSame(known.when(change), [
    { type: 'UserEmailChanged', data: { userId: olga, email: 'olga.p@example.com' } },
  ])
  t.match(given(user, []).when(change), { code: 'USER_UNKNOWN' })
  const claim = { type: 'ClaimUserEmail', userId: olga } as const
  const claimed = given(userEmail, given(userEmail, []).after(claim))
  const release = { type: 'ReleaseUserEmail', userId: olga } as const
  t.strictSame(claimed.when({ ...release, userId: omar }), [])
  const free = given(userEmail, claimed.after(release))
  t.strictSame(free.when(release), [])
  t.match(free.when({ ...claim, userId: omar }), [{ type: 'UserEmailClaimed' }])
})
