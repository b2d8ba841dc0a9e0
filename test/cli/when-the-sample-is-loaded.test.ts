import t from 'tap'
import { loadSample } from '#cli/sample/load-sample.ts'
import { testApi } from '#test/support/api.ts'
import { dig, stranger } from '#test/support/server.ts'

const api = await testApi(t)
const count = async (): Promise<number> => {
  let events = 0
  for await (const page of api.daybook.log.readAll()) events += page.length
  return events
}

t.test('it is loaded once, whoever asks how often', async (t) => {
  t.equal(await loadSample(api.daybook, 'main'), 'loaded')
  await api.caughtUp()
  t.match((await api.get('/api/finance/stats')).body, {
    data: { totals: [{ currency: 'SAR', totalSales: 199, creditNotes: 13, cancelledSales: 1 }] },
  })
  t.match(dig(await api.get('/api/ledger/trial-balance'), 'data', 'totals'), [
    { balance: { amount: '0.00', currency: 'SAR' } },
  ])
  const events = await count()
  t.equal(await loadSample(api.daybook, 'main'), 'loaded')
  await api.caughtUp()
  t.equal(await count(), events, 'nothing is written a second time')
})

t.test('an organisation that has set itself up is left alone', async (t) => {
  const settings = { body: { baseCurrency: 'EUR' }, caller: stranger }
  await api.call('PATCH', '/api/settings', settings)
  const events = await count()
  t.equal(await loadSample(api.daybook, stranger.organisation), 'not_empty')
  t.equal(await count(), events)
})
