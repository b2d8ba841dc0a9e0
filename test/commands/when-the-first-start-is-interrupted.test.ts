import t from 'tap'
import type { Credentials } from '#commands/identity/credentials.ts'
import { type FirstNames, makeFirstLink } from '#commands/identity/first-owner.ts'
import type { Sessions } from '#commands/identity/sessions.ts'
import { Business } from '#test/support/business.ts'

/** Nobody has a password, and of links only the last counts. */
class Links {
  readonly made: string[] = []
  readonly credentials = {
    isAnySet: async () => false,
    makeLink: async () => {
      this.made.push(`dbl_${this.made.length}`)
      return this.made.at(-1)
    },
  } as unknown as Credentials
}

const sessions = { changeRole: async () => undefined } as unknown as Sessions
const names = (which: string): FirstNames => ({
  ownerEmail: `${which}@example.com`,
  organisation: { name: `The ${which} shop`, baseCurrency: 'SAR' },
})

function start(business: Business, links: Links, which = 'first') {
  const { deps, store: log } = business
  const { credentials } = links
  const clock = () => business.now
  return makeFirstLink({ ...deps, log, credentials, sessions }, names(which), clock)
}

/** But for what may be there again: links, and the claim of an e-mail address. */
function story({ store }: Business): readonly string[] {
  return store.log
    .map(({ type, metadata: { organisation } }) => `${type} ${organisation}`)
    .filter((text) => !/^User(?:LinkMade|EmailClaimed)/.test(text))
}

t.test(
  'wherever a first start dies, the next one completes it, and makes nothing twice',
  async (t) => {
    const whole = new Business()
    t.match(await start(whole, new Links()), { token: 'dbl_0', email: 'first@example.com' })
    const appends = whole.store.appends.length
    t.equal(appends, 8)
    for (let append = 1; append <= appends; append++) {
      for (const when of ['before', 'after'] as const) {
        const business = new Business()
        const links = new Links()
        business.dieAt(append, when)
        await t.rejects(start(business, links), `died ${when} append ${append}`)
        business.liveAgain()
        // Whoever mends the configuration in between gets no second owner by it.
        const link = await start(business, links, 'second')
        t.equal(link?.token, links.made.at(-1))
        t.same(story(business), story(whole))
        const isLink = ({ type }: { readonly type: string }) => type === 'UserLinkMade'
        const hadLink = append === appends && when === 'after'
        t.equal(business.store.log.filter(isLink).length, hadLink ? 2 : 1)
        const [claimed, registered] = ['UserEmailClaimed', 'UserRegistered'].map(
          (type) => business.last(type)?.['userId'],
        )
        t.equal(claimed, registered)
        t.equal(registered, whole.last('UserRegistered')?.['userId'], 'the same user')
      }
    }
  },
)

t.test('many that start at once make one organisation with one owner', async (t) => {
  const business = new Business()
  const links = new Links()
  const made = await Promise.all([1, 2, 3, 4].map(() => start(business, links)))
  t.equal(made.length, 4)
  const events = business.store.log.filter(({ type }) => type !== 'UserLinkMade')
  t.equal(events.length, 7)
  t.match(
    business.store.log.findLast(({ type }) => type === 'UserLinkMade'),
    {
      metadata: { actor: 'process:first-start' },
    },
  )
})
