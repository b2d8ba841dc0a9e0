import t, { type Test } from 'tap'
import { MASKED } from '#domain/event-schema.ts'
import { type ApiAnswer, auditor, operator, testApi } from '#test/support/api.ts'
import { dig, owner, pick, type TestCaller } from '#test/support/server.ts'
import { erasing, type Known, nothing, TEXT } from './a-person-to-erase.ts'

const api = await testApi(t)
const { ask, assertFoldedAnew, figures, idOf, settle, somebody, tablesWithPerson } = erasing(api)
const tenYears = { sale: 10, creditNote: 10, badDebt: 10, customerCredit: 10, wallet: 10 }
const because = 'Quillfeather wrote to us'

type Text = readonly [
  read: string,
  pick: readonly (string | number)[],
  correct: string,
  body: object,
]

/** Where texts of a person are shown, and how each is corrected. */
async function textsOf({ id, sale, wallet }: Known): Promise<readonly Text[]> {
  const shown = `/api/finance/sales/${sale}`
  const paymentId = pick(await api.get(shown), 'data', 'payments', 0, 'id')
  const debts = await api.get(`/api/finance/bad-debts?customerId=${id}`)
  const debt = `/api/finance/bad-debts/${pick(debts, 'data', 0, 'id')}`
  const reference = { field: 'reference', paymentId }
  const purse = `/api/wallets/${wallet}`
  const statement = `${purse}/statement`
  return [
    [shown, ['payments', 0, 'reference'], `${shown}/corrections`, reference],
    [shown, ['cancelReason'], `${shown}/corrections`, { field: 'reason' }],
    [debt, ['reason'], `${debt}/corrections`, { field: 'reason' }],
    [purse, ['name'], `${purse}/corrections`, { field: 'name' }],
    [
      statement,
      ['movements', 0, 'reference'],
      `${purse}/corrections`,
      { field: 'reference', movement: '2' },
    ],
    [
      statement,
      ['movements', 1, 'text'],
      `${purse}/corrections`,
      { field: 'description', movement: '3' },
    ],
  ]
}

const correct = (path: string, body: object, more: object = {}): Promise<ApiAnswer> =>
  api.call('POST', path, {
    body: { text: 'Mended by Quillfeather', reason: because, ...body },
    ...more,
  })
const reads = async ([path, where]: Text, query = '', caller: TestCaller = owner) =>
  dig(await api.get(`${path}${query}`, { caller }), 'data', ...where)
const lastOrdinal = async () => pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
const eventsOf = async ({ id }: Known) =>
  JSON.stringify((await api.get(`/api/events?customer=${id}&limit=100`)).body)

t.test('a text reads as corrected, and as it was to who asks what was known', async (t) => {
  const person = await somebody('T-1')
  const texts = await textsOf(person)
  const before = await figures()
  const then = await lastOrdinal()
  for (const [i, text] of texts.entries()) {
    const [, , correction, place] = text
    const mended = { ...place, text: `Mended ${i} of Quillfeather` }
    const first = await correct(correction, mended)
    t.match(first, { status: 200, body: { data: { corrected: true } } })
    const same = await correct(correction, mended)
    t.match(same, { status: 200, body: { data: { corrected: false } } })
    t.equal(same.headers['etag'], first.headers['etag'])
  }
  await api.caughtUp()
  for (const [i, text] of texts.entries()) {
    t.equal(await reads(text), `Mended ${i} of Quillfeather`)
    t.equal(await reads(text, `?known_at=${then}`), TEXT)
    t.equal(await reads(text, `?known_at=${await lastOrdinal()}`), `Mended ${i} of Quillfeather`)
    t.equal(await reads(text, '', auditor), MASKED)
  }
  t.strictSame(await figures(), before, 'no figure changes by it')
  for (const [, , correction, place] of texts) {
    const back = await correct(correction, { ...place, text: TEXT })
    t.match(back, { body: { data: { corrected: true } } }, 'and may be corrected again')
  }
  await api.caughtUp()
  for (const text of texts) t.equal(await reads(text), TEXT)
  await assertFoldedAnew(t)
})

t.test('a correction is on record with its reason, masked as the text is', async (t) => {
  const person = await somebody('T-2')
  const [reference] = await textsOf(person)
  const [, , path, place] = reference ?? (t.fail('no text') as never)
  await correct(path, { ...place, text: 'TX-7' })
  await api.caughtUp()
  const search = `/api/events?customer=${person.id}&type=SaleTextCorrected`
  const data = (text: string, reason: string) => ({ field: 'reference', text, reason })
  t.match(await api.get(search), { body: { data: [{ data: data('TX-7', because) }] } })
  const masked = await api.get(search, { caller: auditor })
  t.match(masked, { body: { data: [{ data: data(MASKED, MASKED) }] } })
})

t.test('reasons of reversals and recoveries are corrected by their ids', async (t) => {
  const customerId = await idOf('/api/crm/customers', { name: 'Una' })
  const owed = { customerId, amount: '9.00', reason: 'gone' }
  const id = pick(await api.post('/api/finance/bad-debts', owed), 'data', 'id')
  const path = `/api/finance/bad-debts/${id}`
  const part = { amount: '2.00', reason: 'back' }
  const reversal = pick(await api.post(`${path}/reversals`, part), 'data', 'id')
  const recovery = pick(
    await api.post(`${path}/recoveries`, { ...part, method: 'cash' }),
    'data',
    'id',
  )
  for (const partId of [reversal, recovery]) {
    const body = { field: 'reason', partId }
    const same = await correct(`${path}/corrections`, { ...body, text: 'back' })
    t.match(same, { body: { data: { corrected: false } } })
    const other = await correct(`${path}/corrections`, { ...body, text: 'here again' })
    t.match(other, { body: { data: { corrected: true } } })
  }
  await api.caughtUp()
  t.match(await api.get(path), { body: { data: { reason: 'gone' } } }, 'the document’s own stays')

  const alone = await api.post('/api/finance/bad-debts/reversals', owed)
  const [document, named] = [pick(alone, 'data', 'badDebtId'), pick(alone, 'data', 'id')]
  const own = `/api/finance/bad-debts/${document}`
  const mended = { field: 'reason', partId: named, text: 'here' }
  t.match(await correct(`${own}/corrections`, mended), { body: { data: { corrected: true } } })
  await api.caughtUp()
  t.match(await api.get(own), { body: { data: { reason: 'here' } } }, 'it is its own document')
  await assertFoldedAnew(t)
})

t.test('a correction is repeated by its key, and refused at another revision', async (t) => {
  const [, reason] = await textsOf(await somebody('T-3'))
  const [, , path, place] = reason ?? (t.fail('no text') as never)
  t.match(await correct(path, place, { headers: { 'if-match': '"0"' } }), {
    status: 412,
    body: { code: 'REVISION_MISMATCH' },
  })
  const first = await correct(path, place, { key: 'mend' })
  await correct(path, { ...place, text: 'something else' })
  const again = await correct(path, place, { key: 'mend' })
  t.match(again, { status: 200, body: { data: { corrected: true }, meta: { replayed: true } } })
  t.equal(again.headers['etag'], first.headers['etag'])
  await api.caughtUp()
  t.equal(await reads(reason ?? (t.fail('no text') as never)), 'something else')
})

t.test('what was never written cannot be corrected, nor what is not known', async (t) => {
  const customerId = await idOf('/api/crm/customers', { name: 'Udo' })
  const sale = await idOf('/api/finance/sales', { customerId, saleAmount: '4.00' })
  const paid = await idOf(`/api/finance/sales/${sale}/payments`, { amount: '1.00', method: 'cash' })
  const debt = pick(await api.post('/api/finance/bad-debts', { saleId: sale }), 'data', 'id')
  const [ofSale, ofDebt] = [
    `/api/finance/sales/${sale}/corrections`,
    `/api/finance/bad-debts/${debt}/corrections`,
  ]
  const invalid = { status: 400, body: { code: 'REQUEST_INVALID' } }
  const unknown = { status: 404, body: { code: 'TEXT_UNKNOWN', errors: [{ pointer: '/field' }] } }
  t.match(await correct(ofSale, { field: 'reason' }), unknown)
  t.match(await correct(ofSale, { field: 'reference', paymentId: paid }), unknown)
  t.match(await correct(ofSale, { field: 'reference', paymentId: 'nobody' }), unknown)
  t.match(await correct(ofDebt, { field: 'reason' }), unknown)
  t.match(await correct(ofDebt, { field: 'reason', partId: 'nobody' }), unknown)
  const none = await correct('/api/finance/sales/nobody/corrections', { field: 'reason' })
  t.match(none, { status: 404, body: { code: 'SALE_UNKNOWN' } })
  const nothere = await correct('/api/finance/bad-debts/nobody/corrections', { field: 'reason' })
  t.match(nothere, { status: 404, body: { code: 'BAD_DEBT_UNKNOWN' } })
  const wallet = await idOf('/api/wallets', { customerId })
  const ofWallet = `/api/wallets/${wallet}/corrections`
  t.match(await correct(ofWallet, { field: 'name' }), unknown)
  t.match(await correct(ofWallet, { field: 'reference', movement: '1' }), unknown)
  t.match(await correct(ofWallet, { field: 'reason', movement: '900' }), unknown)
  t.match(await correct('/api/wallets/nobody/corrections', { field: 'name' }), {
    status: 404,
    body: { code: 'WALLET_UNKNOWN' },
  })
  t.match(await correct(ofWallet, { field: 'reference', movement: 'first' }), invalid)
  t.match(await correct(ofSale, { field: 'location' }), invalid)
  t.match(await correct(ofSale, { field: 'reference' }), invalid)
  t.match(await correct(ofSale, { field: 'reason', text: '' }), invalid)
  t.match(await correct(ofDebt, { field: 'reason' }, { caller: auditor }), {
    status: 403,
    body: { code: 'FORBIDDEN' },
  })
})

t.test('each text of a wallet is corrected by itself, whatever moves in between', async (t) => {
  const customerId = await idOf('/api/crm/customers', { name: 'Ulla' })
  const wallet = await idOf('/api/wallets', { customerId })
  const path = `/api/wallets/${wallet}`
  const send = (kind: string, body: object) => api.post(`${path}/${kind}`, body)
  await send('topups', { amount: '9.00', method: 'cash', reference: 'R' })
  await send('debits', { amount: '1.00', description: 'D', reference: 'R' })
  await send('suspend', { reason: 'S' })
  const mend = async (field: string, movement: string, text: string) =>
    dig(await correct(`${path}/corrections`, { field, movement, text }), 'data', 'corrected')
  t.equal(await mend('description', '3', 'D1'), true)
  t.equal(await mend('reference', '3', 'R1'), true)
  t.equal(await mend('reason', '4', 'S'), false, 'of a suspension, by its place')
  t.equal(await mend('reason', '4', 'S1'), true)
  await send('resume', {})
  const debit = await send('debits', { amount: '2.00', description: 'D' })
  t.equal(pick(debit, 'data', 'movement'), '9', 'corrections have places as well')
  t.equal(await mend('description', '3', 'D1'), false)
  t.equal(await mend('description', '3', 'D'), true, 'as it read at first')
  await api.caughtUp()
  const lines = dig(await api.get(`${path}/statement`), 'data', 'movements')
  t.match(lines, [
    { reference: 'R', text: null, balance: { amount: '9.00' } },
    { reference: 'R1', text: 'D', balance: { amount: '8.00' } },
    { reference: null, text: 'D', balance: { amount: '6.00' } },
  ])
  await assertFoldedAnew(t)
})

t.test('of a sale over the counter a text is corrected as well', async (t) => {
  const sold = { saleAmount: '4.00', paymentMethod: 'cash', agent: 'ann' }
  const sale = await idOf('/api/finance/sales', sold)
  const path = `/api/finance/sales/${sale}`
  await api.post(`${path}/cancellation`, { refundMethod: 'cash', reason: 'It broke' })
  const answer = await correct(`${path}/corrections`, { field: 'reason', text: 'It was broken' })
  t.match(answer, { status: 200, body: { data: { corrected: true } } })
  await api.caughtUp()
  t.match(await api.get(path), { body: { data: { cancelReason: 'It was broken' } } })
})

t.test('of who is restricted, only who may read it corrects it', async (t) => {
  await settle({ retentionYears: tenYears })
  const person = await somebody('T-4')
  const texts = await textsOf(person)
  t.equal((await ask(person.id)).status, 201)
  for (const [, , path, place] of texts) {
    t.match(await correct(path, place, { caller: operator }), {
      status: 409,
      body: { code: 'CUSTOMER_RESTRICTED' },
    })
    t.match(await correct(path, place), { status: 200, body: { data: { corrected: true } } })
  }
  await api.caughtUp()
  for (const text of texts) {
    t.equal(await reads(text), 'Mended by Quillfeather')
    t.equal(await reads(text, '', operator), null)
  }
})

t.test('who is erased leaves the corrected text as the one before', async (t) => {
  await settle({ retentionYears: nothing })
  const person = await somebody('T-5')
  const texts = await textsOf(person)
  const then = await lastOrdinal()
  for (const [i, [, , path, place]] of texts.entries()) {
    await correct(path, place, { key: `mend-${i}` })
  }
  await api.caughtUp()
  t.match(await eventsOf(person), /Mended by Quillfeather/)
  t.ok((await tablesWithPerson()).includes('wallets.corrected_text'))
  const now = await lastOrdinal()
  t.equal((await ask(person.id)).status, 201)
  await api.caughtUp()
  await assertGone(t, person, texts, [then, now])
  const [, , path, place] = texts.at(-1) ?? (t.fail('no text') as never)
  const late = await correct(path, { ...place, text: 'Quillfeather again' })
  t.match(late, { status: 409, body: { code: 'CUSTOMER_ERASED' } })
  const again = await correct(path, place, { key: `mend-${texts.length - 1}` })
  t.match(again, { status: 200, body: { meta: { replayed: true } } }, 'what was accepted stays so')
})

async function assertGone(
  t: Test,
  person: Known,
  texts: readonly Text[],
  known: readonly string[],
) {
  for (const text of texts) {
    t.equal(await reads(text), null)
    for (const ordinal of known) t.equal(await reads(text, `?known_at=${ordinal}`), null)
  }
  t.notMatch(await eventsOf(person), /quillfeather/i)
  await assertFoldedAnew(t)
}
