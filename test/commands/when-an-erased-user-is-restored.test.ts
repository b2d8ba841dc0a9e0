import t from 'tap'
import { eraseUsersAgain } from '#commands/identity/erase-users-again.ts'
import { emailId } from '#commands/identity/find-user.ts'
import { grantMembership } from '#commands/identity/grant-membership.ts'
import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import { identityId, linkIdentity } from '#commands/identity/link-identity.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Business } from '#test/support/business.ts'

const email = 'nora@example.com'
const proven = { issuer: 'https://login.example', subject: 'nora-there' }

const depsOf = (business: Business) => ({
  ...business.deps,
  ...business.signIns,
  keyRing: business.keys,
  findKnowing: business.findKnowing,
  findErasedUsers: business.findErasedUsers,
  log: business.store,
})

/** As a backup of before brings them back: an owner beside another and alone, whose keys are destroyed. */
async function restored() {
  const business = new Business()
  const { deps } = business
  const sessions = business.signIns.sessions as never
  const make = async (name: string, address: string, organisations: readonly string[]) => {
    const who = { name, email: address }
    const { userId } = await findOrRegisterUser(deps, who, business.context())
    for (const organisation of organisations) {
      const context = business.context(undefined, { organisation })
      const grant = { userId, organisation, role: 'owner', ...who } as const
      await grantMembership({ ...deps, sessions }, grant, context)
    }
    return userId
  }
  const olga = await make('Olga', 'olga@example.com', ['main'])
  const nora = await make('Nora', email, ['main', 'shop'])
  await linkIdentity(deps, nora, proven, 'session', business.context())
  const places = [INSTALLATION, 'main', 'shop']
  await business.keys.destroy(...places.map((place) => `${place}/${nora}`))
  business.restart()
  return { business, olga, nora }
}

const again = (business: Business) =>
  eraseUsersAgain(
    depsOf(business),
    business.context(undefined, { organisation: INSTALLATION, actor: 'cli:test' }),
  )

async function assertGone(t: Tap, business: Business, userId: string): Promise<void> {
  const { deps, handler } = business
  const now = { age: 'now' } as const
  const found = await handler.load(user, INSTALLATION, userId, now)
  t.equal(found.state.registration, 'erased')
  for (const organisation of ['main', 'shop']) {
    const { state } = await handler.load(members, organisation, MEMBERS_ID, now)
    t.notOk(userId in state.members, organisation)
  }
  const claim = await handler.load(userEmail, INSTALLATION, emailId(deps, email), now)
  t.same(claim.state, {}, 'the address is free')
  const identity = identityId(deps, proven)
  t.same((await handler.load(userIdentity, INSTALLATION, identity, now)).state, {})
}

type Tap = Pick<typeof t, 'equal' | 'notOk' | 'same'>

t.test('who was erased after the backup is erased again, by id, and once', async (t) => {
  const { business, olga, nora } = await restored()
  t.same(await again(business), { users: [nora], ownerless: ['shop'] })
  await assertGone(t, business, nora)
  const { state } = await business.handler.load(members, 'main', MEMBERS_ID, { age: 'now' })
  t.match(state.members, { [olga]: { role: 'owner' } }, 'others stay')
  const events = business.store.log.length
  t.same(await again(business), { users: [], ownerless: [] })
  t.equal(business.store.log.length, events)
})

t.test('what interrupts it before the event, a repeat completes', async (t) => {
  for (let append = 1; append <= 5; append++) {
    const { business, nora } = await restored()
    business.dieAt(append, 'before')
    await t.rejects(again(business))
    business.liveAgain()
    t.match(await again(business), { users: [nora] })
    await assertGone(t, business, nora)
  }
})
