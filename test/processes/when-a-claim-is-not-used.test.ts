import t from 'tap'
import { reactionId } from '#commands/command-id.ts'
import { followEmail } from '#commands/identity/change-email.ts'
import { eraseUser } from '#commands/identity/erase-user.ts'
import { emailId } from '#commands/identity/find-user.ts'
import { identityId, linkIdentity } from '#commands/identity/link-identity.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { unusedClaimsAreReleased } from '#processes/unused-claims-are-released.ts'
import { Business } from '#test/support/business.ts'

const issuer = 'https://login.example'
const [A, B, C] = ['a@example.com', 'b@example.com', 'c@example.com'] as const

const own = { organisation: INSTALLATION } as const

function makers(business: Business) {
  const { deps, handler } = business
  const context = () => business.context(undefined, own)
  const claim = (userId: string, email: string) =>
    handler.handle(userEmail, emailId(deps, email), { type: 'ClaimUserEmail', userId }, context())
  return {
    register: async (email: string) =>
      (await findOrRegisterUser(deps, { name: 'Nora', email }, context())).userId,
    claim,
    choose: async (userId: string, email: string) => {
      await claim(userId, email)
      await handler.handle(user, userId, { type: 'ChangeUserEmail', userId, email }, context())
      await followEmail(deps, userId, context())
    },
    claimIdentity: (userId: string, subject: string) =>
      handler.handle(
        userIdentity,
        identityId(deps, { issuer, subject }),
        { type: 'ClaimUserIdentity', userId },
        context(),
      ),
    link: (userId: string, subject: string) =>
      linkIdentity(deps, userId, { issuer, subject }, 'session', context()),
    erase: (email: string) => {
      const { signIns, keys, findKnowing } = business
      const erasing = { ...deps, ...signIns, keyRing: keys, findKnowing }
      return eraseUser(erasing, { email, reason: 'left' }, context())
    },
    ownerOf: async (email: string) =>
      (await handler.load(userEmail, INSTALLATION, emailId(deps, email), { age: 'now' })).state
        .owner,
    linkedTo: async (subject: string) => {
      const id = identityId(deps, { issuer, subject })
      return (await handler.load(userIdentity, INSTALLATION, id, { age: 'now' })).state.owner
    },
  }
}

/** What the process does of the whole log; done again, it finds nothing. */
async function letGo(business: Business): Promise<void> {
  const process = unusedClaimsAreReleased(business.deps)
  for (const round of ['once', 'again']) {
    const before = business.store.log.length
    for (const event of await createCodec(business.keys).decode([...business.store.log])) {
      if (!process.types.includes(event.type)) continue
      const commandId = reactionId(process.name, event.id)
      await process.react(event, business.context(undefined, { ...own, commandId }))
    }
    if (round === 'again' && business.store.log.length !== before) throw new Error('not done')
  }
}

t.test('an address that was claimed, and then another was chosen, is free', async (t) => {
  const business = new Business()
  const { register, claim, choose, ownerOf } = makers(business)
  const nora = await register(A)
  await claim(nora, B)
  await choose(nora, C)
  await letGo(business)
  t.equal(await ownerOf(B), undefined)
  t.equal(await ownerOf(C), nora, 'the one they have stays theirs')
  t.not(await register(B), nora)
})

t.test('an address of whoever was erased meanwhile, or never came, is free', async (t) => {
  const business = new Business()
  const { register, claim, erase, ownerOf } = makers(business)
  const nora = await register(A)
  await erase(A)
  await claim(nora, B)
  await claim('nobody-ever', C)
  await t.rejects(register(B), { code: 'USER_ERASED' })
  await letGo(business)
  t.not(await register(B), nora)
  t.equal(await ownerOf(C), undefined)
})

t.test('an identity that was claimed and not linked is free', async (t) => {
  const business = new Business()
  const { register, claimIdentity, link, linkedTo, erase } = makers(business)
  const [nora, gone, other] = [await register(A), await register(B), await register(C)]
  await link(nora, 'hers')
  await claimIdentity(nora, 'of another link at the same time')
  await erase(B)
  await claimIdentity(gone, 'cut off by an erasure')
  await letGo(business)
  t.equal(await linkedTo('hers'), nora)
  t.equal(await linkedTo('of another link at the same time'), undefined)
  await link(other, 'cut off by an erasure')
  t.equal(await linkedTo('cut off by an erasure'), other)
})

t.test('what is claimed anew is not taken for what was claimed before', async (t) => {
  const business = new Business()
  const { register, claim, choose, ownerOf } = makers(business)
  const nora = await register(A)
  await choose(nora, B)
  await claim(nora, A)
  const process = unusedClaimsAreReleased(business.deps)
  const events = await createCodec(business.keys).decode([...business.store.log])
  const first = events.find(({ type }) => type === 'UserEmailClaimed')
  if (first === undefined) throw new Error('nothing was claimed')
  await process.react(first, business.context(undefined, own))
  t.equal(await ownerOf(A), nora, 'a change that is on its way')
})
