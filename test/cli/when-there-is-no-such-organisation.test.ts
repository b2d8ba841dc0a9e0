import t from 'tap'
import { needOrganisation } from '#cli/known-organisation.ts'
import { createOrganisation } from '#commands/organisation/create-organisation.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { testApi } from '#test/support/api.ts'
import { owner, stranger } from '#test/support/server.ts'

const api = await testApi(t)
const { daybook } = api
const tokens = [owner, stranger].map((caller) => ({ ...caller, role: 'owner' }) as const)
const withTokens = { ...daybook, config: { ...daybook.config, tokens } }
const withoutTokens = { ...daybook, config: { ...daybook.config, tokens: [] } }
const refused = (organisation: string) => ({
  exitCode: 3,
  message: `There is no organisation ${organisation}. Check its id, or create it first.`,
})

t.test('one that nobody created, nor works in, is refused', async (t) => {
  for (const known of [withTokens, withoutTokens]) {
    await t.rejects(needOrganisation(known, 'nope'), refused('nope'))
    await t.resolves(needOrganisation(known, INSTALLATION), 'the installation is there')
  }
})

t.test('one of a caller of the configuration is there, and once they worked in it', async (t) => {
  await t.resolves(needOrganisation(withTokens, 'main'))
  await t.rejects(needOrganisation(withoutTokens, 'main'), refused('main'))
  await api.post('/api/crm/customers', { name: 'Wanda' })
  await api.caughtUp()
  await t.resolves(needOrganisation(withoutTokens, 'main'))
  const { organisation } = stranger
  await t.rejects(needOrganisation(withoutTokens, organisation), refused(organisation))
})

t.test('one that was created is there', async (t) => {
  const context = {
    organisation: 'shop',
    actor: 'cli:test',
    commandId: 'made',
    correlationId: 'made',
    now: daybook.clock(),
  }
  await createOrganisation(daybook.operations, { name: 'Shop' }, context)
  await t.resolves(needOrganisation(withoutTokens, 'shop'))
})

t.test('where nothing was folded yet, nobody has worked in one', async (t) => {
  const { engine } = daybook.database
  await daybook.engine.stopProjection('event_index')
  await engine.query('alter schema event_index rename to event_index_away')
  t.teardown(() => engine.query('alter schema event_index_away rename to event_index'))
  await t.rejects(needOrganisation(withoutTokens, 'main'), refused('main'))
  await t.resolves(needOrganisation(withoutTokens, 'shop'))
})
