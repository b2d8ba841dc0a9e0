import fc from 'fast-check'
import t from 'tap'
import { type UserEvent, user } from '#domain/identity/user.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { given } from '../given-when-then.ts'
import { ofOlga, olga, omar } from './a-member.ts'

const registered: UserEvent = { type: 'UserRegistered', data: ofOlga }
const known = given(user, [registered])
const linked = (identity: string, issuer = 'https://login.example') => ({
  userId: olga,
  identity,
  issuer,
  subject: `subject of ${identity}`,
  by: 'session' as const,
})
const link = (identity: string, issuer?: string) =>
  ({ type: 'LinkUserIdentity', ...linked(identity, issuer) }) as const
const unlink = (identity: string) =>
  ({ type: 'UnlinkUserIdentity', userId: olga, identity }) as const

t.test('an identity is linked, and once only', async (t) => {
  t.strictSame(known.when(link('one')), [{ type: 'UserIdentityLinked', data: linked('one') }])
  const past = given(user, known.after(link('one')))
  t.strictSame(past.when(link('one')), [])
  t.match(past.when(link('two')), { code: 'IDENTITY_ALREADY_LINKED' })
  t.match(past.when(link('two', 'https://other.example')), [{ type: 'UserIdentityLinked' }])
  t.notMatch(JSON.stringify(past.state), 'subject of', 'no state holds what is personal')
})

t.test('an identity is unlinked, and once only', async (t) => {
  const past = given(user, known.after(link('one')))
  t.strictSame(past.when(unlink('two')), [])
  t.strictSame(past.when(unlink('one')), [
    { type: 'UserIdentityUnlinked', data: { userId: olga, identity: 'one' } },
  ])
  const gone = given(user, past.after(unlink('one')))
  t.strictSame(gone.when(unlink('one')), [])
  t.match(gone.when(link('two')), [{ type: 'UserIdentityLinked' }])
  t.match(given(user, []).when(link('one')), { code: 'USER_UNKNOWN' })
})

t.test('an identity is claimed by one user, and given back by nobody else', async (t) => {
  const claim = { type: 'ClaimUserIdentity', userId: olga } as const
  const release = { type: 'ReleaseUserIdentity', userId: olga } as const
  const past = given(userIdentity, given(userIdentity, []).after(claim))
  t.strictSame(past.when(claim), [], 'who has it may claim it again')
  t.match(past.when({ ...claim, userId: omar }), { code: 'IDENTITY_TAKEN' })
  t.strictSame(past.when({ ...release, userId: omar }), [])
  const free = given(userIdentity, past.after(release))
  t.strictSame(free.when(release), [])
  t.match(free.when({ ...claim, userId: omar }), [{ type: 'UserIdentityClaimed' }])
})

t.test(
  'whatever is linked and unlinked, there is one identity of each issuer at most',
  async () => {
    const command = fc.oneof(
      fc
        .tuple(fc.constantFrom('one', 'two', 'three'), fc.constantFrom('https://a', 'https://b'))
        .map(([identity, issuer]) => link(`${identity} of ${issuer}`, issuer)),
      fc.constantFrom('one', 'two').map((identity) => unlink(`${identity} of https://a`)),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        let state = known.state
        for (const one of commands) {
          let events: readonly UserEvent[] = []
          try {
            events = user.decide(one, state)
          } catch {
            // Refused: nothing happens.
          }
          state = events.reduce(user.evolve, state)
        }
        if (state.registration !== 'registered') return false
        const issuers = state.identities.map(({ issuer }) => issuer)
        return new Set(issuers).size === issuers.length
      }),
    )
  },
)
