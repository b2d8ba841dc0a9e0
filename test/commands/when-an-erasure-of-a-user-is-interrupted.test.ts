import t from 'tap'
import { reactionId } from '#commands/command-id.ts'
import type { CommandContext } from '#commands/handler.ts'
import { eraseUser, type UserErasureDeps } from '#commands/identity/erase-user.ts'
import { grantMembership } from '#commands/identity/grant-membership.ts'
import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import { linkIdentity } from '#commands/identity/link-identity.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import {
  erasedUsersAreForgotten,
  userErasuresReachWhatCameLate,
} from '#processes/erased-users-are-forgotten.ts'
import { Business } from '#test/support/business.ts'

const email = 'nora@example.com'
const erasure = { email, reason: 'left' } as const

const depsOf = (business: Business): UserErasureDeps => ({
  ...business.deps,
  ...business.signIns,
  keyRing: business.keys,
  findKnowing: business.findKnowing,
})

/** A member of two organisations, who signs in with a provider. */
async function someone(): Promise<{ readonly business: Business; readonly userId: string }> {
  const business = new Business()
  const { deps, signIns } = business
  const { userId } = await findOrRegisterUser(deps, { name: 'Nora', email }, business.context())
  for (const organisation of ['main', 'shop']) {
    const grant = { userId, organisation, role: 'auditor', name: 'Nora', email } as const
    await grantMembership(
      { ...deps, sessions: signIns.sessions as never },
      grant,
      business.context(undefined, { organisation }),
    )
  }
  const proven = { issuer: 'https://login.example', subject: 'nora-there' }
  await linkIdentity(deps, userId, proven, 'session', business.context())
  return { business, userId }
}

const erase = ({ business }: { readonly business: Business }, context: CommandContext) =>
  eraseUser(depsOf(business), erasure, context)

/** What the processes do of it. */
async function letFollow(business: Business): Promise<void> {
  const deps = depsOf(business)
  const events = await createCodec(business.keys).decode([...business.store.log])
  for (const event of events.filter(({ type }) => type === 'UserErased')) {
    for (const process of [erasedUsersAreForgotten(deps), userErasuresReachWhatCameLate(deps)]) {
      const commandId = reactionId(process.name, event.id)
      await process.react(event, business.context(undefined, { commandId }))
    }
  }
}

/** What is left of their keys, and who is on record for it. */
async function keysAndActor(business: Business, userId: string): Promise<readonly string[]> {
  const places = [INSTALLATION, 'main', 'shop'].map((one) => `${one}/${userId}`)
  const keys = await business.keys.forReading(places)
  const said = business.store.log.filter(({ type }) => type === 'UserErased')
  return [...keys.values(), ...said.map(({ metadata }) => metadata.actor)].map(String)
}

const ERASED = ['erased', 'erased', 'erased', 'owner']

t.test('whatever interrupts it, a repeat completes it', async (t) => {
  const whole = await someone()
  const before = whole.business.store.appends.length
  await erase(whole, whole.business.context())
  const appends = whole.business.store.appends.length - before
  t.equal(appends, 7, 'two memberships, their notes, the event, an identity and the address')
  t.same(await keysAndActor(whole.business, whole.userId), ERASED)
  const story = whole.business.story()
  await letFollow(whole.business)
  t.same(whole.business.story(), story, 'processes find nothing left')

  for (let append = 1; append <= appends; append++) {
    for (const when of ['before', 'after'] as const) {
      const one = await someone()
      one.business.dieAt(append, when)
      await t.rejects(erase(one, one.business.context()))
      one.business.liveAgain()
      const repeated = erase(one, one.business.context())
      // The address is the last of it: then nobody is found by it.
      if (append === appends && when === 'after')
        await t.rejects(repeated, { code: 'USER_UNKNOWN' })
      else await repeated
      t.same(one.business.story(), story, `died ${when} append ${append}`)
      t.same(await keysAndActor(one.business, one.userId), ERASED)
    }
  }
})

t.test('once it is said, processes complete it', async (t) => {
  for (const append of [6, 7]) {
    const one = await someone()
    one.business.dieAt(append, 'before')
    await t.rejects(erase(one, one.business.context()))
    one.business.liveAgain()
    await letFollow(one.business)
    t.same(await keysAndActor(one.business, one.userId), ERASED)
    await t.rejects(erase(one, one.business.context()), { code: 'USER_UNKNOWN' })
    const { isNew } = await findOrRegisterUser(
      one.business.deps,
      { name: 'Norbert', email },
      one.business.context(),
    )
    t.ok(isNew, 'the address is free')
  }
})

t.test('the last owner of any organisation is refused, with nothing done', async (t) => {
  const { business, userId } = await someone()
  const grant = { userId, organisation: 'shop', role: 'owner', name: 'Nora', email } as const
  const { sessions } = business.signIns
  await grantMembership(
    { ...business.deps, sessions: sessions as never },
    grant,
    business.context(undefined, { organisation: 'shop' }),
  )
  const events = business.store.log.length
  const refused = { code: 'USER_LAST_OWNER', facts: { organisation: 'shop' } }
  await t.rejects(erase({ business }, business.context()), refused)
  t.equal(business.store.log.length, events)
})

const inThird = { organisation: 'third' } as const
const ownsThird = { organisation: 'third', role: 'owner', name: 'Nora', email } as const

t.test('who is being made a member at this moment is not erased, and becomes one', async (t) => {
  const { business, userId } = await someone()
  const note = { type: 'NoteUserOrganisation', userId, ...inThird } as const
  const ofUsers = () => business.context(undefined, { organisation: INSTALLATION })
  await business.handler.handle(user, userId, note, ofUsers())
  const events = business.store.log.length
  const refused = { code: 'USER_STILL_MEMBER', facts: inThird }
  await t.rejects(erase({ business }, business.context()), refused)
  t.equal(business.store.log.length, events, 'nothing is done')
  const { sessions } = business.signIns
  const grant = { userId, ...ownsThird }
  await grantMembership(
    { ...business.deps, sessions: sessions as never },
    grant,
    business.context(undefined, inThird),
  )
  await t.rejects(erase({ business }, business.context()), { code: 'USER_LAST_OWNER' })
})

t.test('a note that a crash left keeps nobody for ever', async (t) => {
  const { business, userId } = await someone()
  const note = { type: 'NoteUserOrganisation', userId, ...inThird } as const
  const ofUsers = business.context(undefined, { organisation: INSTALLATION })
  await business.handler.handle(user, userId, note, ofUsers)
  business.now = '2026-11-21T10:10:00Z'
  t.match(await erase({ business }, business.context()), { userId })
})

t.test('nobody erased stays an owner, be it the last one', async (t) => {
  const { business, userId } = await someone()
  await erase({ business }, business.context())
  // What was on its way when they were erased.
  const grant = { type: 'GrantMembership', userId, ...ownsThird } as const
  await business.handler.handle(members, MEMBERS_ID, grant, business.context(undefined, inThird))
  await letFollow(business)
  const { state } = await business.handler.load(members, 'third', MEMBERS_ID, { age: 'now' })
  t.same(state.members, {})
})
