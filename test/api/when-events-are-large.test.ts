import t from 'tap'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

/** Some 800 kB of JSON, close to what one command may hold. */
const linesOf = (unitPrice: string) =>
  Array.from({ length: 1450 }, () => ({ description: 'x'.repeat(500), quantity: '1', unitPrice }))

/** The ids of all events, page by page, and how many stood on each page. */
async function pagesOf(get: (cursor: string) => Promise<ApiAnswer>) {
  const ids: string[] = []
  const sizes: number[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await get(cursor === '' ? '' : `&cursor=${cursor}`)
    const page = dig(answer, 'data') as readonly { readonly id: string }[]
    ids.push(...page.map(({ id }) => id))
    sizes.push(page.length)
    cursor = dig(answer, 'meta', 'nextCursor') as string | null
  }
  return { ids, sizes }
}

t.test('given large events, when a page of them is asked for, then it ends early', async (t) => {
  const api = await testApi(t)
  const customer = await api.post('/api/crm/customers', { name: 'Ahmed' })
  const customerId = pick(customer, 'data', 'id')
  const sale = { customerId, lines: linesOf('1'), paymentMethod: 'cash' }
  const saleId = pick(await api.post('/api/finance/sales', sale), 'data', 'id')
  for (let n = 0; n < 12; n++) {
    await api.post('/api/finance/credit-notes', { saleId, lines: linesOf('0.01') })
  }
  await api.caughtUp()

  const ofIndex = await pagesOf((cursor) => api.get(`/api/events?limit=500${cursor}`))
  t.ok(ofIndex.sizes.length > 1, `pages of ${ofIndex.sizes.join(' + ')}, where 500 were asked for`)
  const stream = `sale-main.${saleId}`
  const ofStream = await pagesOf((cursor) => api.get(`/api/streams/${stream}?limit=500${cursor}`))
  t.ok(ofStream.sizes.length > 1, `pages of ${ofStream.sizes.join(' + ')} of one stream`)
  t.equal(new Set(ofIndex.ids).size, ofIndex.ids.length, 'none comes twice')
  t.strictSame(
    ofIndex.ids.filter((id) => ofStream.ids.includes(id)).toReversed(),
    ofStream.ids,
    'and none is left out',
  )
})
