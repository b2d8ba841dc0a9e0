import fc from 'fast-check'
import t from 'tap'
import type { DaybookEvent } from '#domain/events.ts'
import { reasonedAboutOthers, thingsAsked } from '#projections/privacy/asked-ids.ts'
import { idsOfPerson } from '#projections/privacy/rows-of-person.ts'
import { customersOfPerson, subjectsOfPerson } from '#projections/privacy/subjects-of-person.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { recorded, type Told } from '#test/projections/fold-runner.ts'

const linked = (linkId: string, ...customers: readonly string[]): Told[] =>
  customers.map((customerId) => {
    const data = { linkId, customerId, reason: 'same_contact' } as const
    return { event: { type: 'CustomerLinked', data }, stream: ['personLink', linkId] }
  })
const unlinked = (linkId: string, ...customers: readonly string[]): Told[] =>
  customers.map((customerId) => {
    const data = { linkId, customerId, reason: 'linked_by_mistake' } as const
    return { event: { type: 'CustomerUnlinked', data }, stream: ['personLink', linkId] }
  })

const of = { currency: 'SAR', occurredOn: '2026-03-01' }
const sold = (saleId: string, customerId: string | undefined): DaybookEvent => {
  const money = { net: '100', tax: '0', gross: '100', taxes: [], dueOn: of.occurredOn }
  const data = { ...of, ...money, saleId, agent: 'ann', basis: 'principal' } as const
  return {
    type: 'SaleRecorded',
    data: customerId === undefined ? data : { ...data, customerId },
  }
}
const opened = (walletId: string, customerId: string): DaybookEvent => ({
  type: 'WalletOpened',
  data: { ...of, walletId, customerId, creditLimit: '0' },
})
const writtenOff = (badDebtId: string, customerId: string): DaybookEvent => ({
  type: 'BadDebtWrittenOff',
  data: { ...of, badDebtId, customerId, amount: '10' },
})

const credited = (creditNoteId: string, customerId: string): DaybookEvent => {
  const money = { net: '1', tax: '0', gross: '1', taxes: [], dueOn: of.occurredOn }
  const data = {
    ...of,
    ...money,
    creditNoteId,
    customerId,
    agent: 'ann',
    basis: 'principal',
  } as const
  return { type: 'CreditNoteIssued', data }
}

/** A keyed hash, as it names the stream. */
const number = `Ab_-${'A'.repeat(39)}`
const claimed = (hash: string, customerId: string): Told => ({
  event: { type: 'CustomerNumberClaimed', data: { customerId } },
  stream: ['customerNumber', hash],
})

const accessed = (accessId: string, asked: string, reason?: string): Told => {
  const at = '2026-03-01T10:00:00.000Z'
  const times = { at, lastAt: at, count: 1 }
  const route = { kind: 'read', method: 'GET', route: '/api/events' } as const
  const data = { accessId, ...times, ...route, asked: [{ name: 'stream', value: asked }] }
  const event = { type: 'RecordsAccessed', data: { ...data, ...(reason && { reason }) } } as const
  return { event, stream: ['access', '2026-03'] }
}

t.test('given a reason for looking at what is theirs, it is held on the person', async (t) => {
  const [customer, wallet, other] = ['1', '2', '3'].map(
    (digit) => `${digit.repeat(8)}-0000-7000-8000-000000000000`,
  ) as [string, string, string]
  const { query } = await filledDatabase(t, [
    { event: opened(wallet, customer) },
    accessed('a-1', customer, 'she rang'),
    accessed('a-2', `wallet-main.${wallet}`, 'she rang again'),
    accessed('a-3', customer),
    accessed('a-4', other, 'somebody else rang'),
  ])
  const found = await query((db) => subjectsOfPerson(db, customer))
  t.strictSame(
    found.map(({ kind, id }) => `${kind} ${id}`),
    [`customer ${customer}`, `wallet ${wallet}`, 'access a-1', 'access a-2'],
  )
})

t.test('given a reason for looking by an id without a key, it is held on the person', async (t) => {
  const [anna, again, bert, note, link] = ['1', '2', '3', '4', '5'].map(
    (digit) => `${digit.repeat(8)}-0000-7000-8000-000000000000`,
  ) as [string, string, string, string, string]
  const story: readonly Told[] = [
    ...linked(link, anna, again),
    claimed(number, anna),
    claimed('B'.repeat(43), bert),
    { event: opened('w-1', anna) },
    { event: credited(note, again), stream: ['creditNote', note] },
    { event: opened('w-2', bert) },
  ]
  const events = recorded(story)
  const found = (type: string, customerId: string) => {
    const event = events.find(
      ({ type: one, data }) =>
        one === type && 'customerId' in data && data.customerId === customerId,
    )
    if (event === undefined) throw new Error(`${type} of ${customerId}`)
    return event
  }
  const own = found('WalletOpened', anna)
  const looks = [
    own.id,
    own.id.toUpperCase(),
    own.metadata.$correlationId,
    own.metadata.commandId,
    `personLink-main.${link}`,
    note,
    `creditNote-main.${note}`,
    found('CreditNoteIssued', again).id,
    `customerNumber-main.${number}`,
    found('CustomerNumberClaimed', anna).id,
  ].map((id, index) => accessed(`a-${index + 1}`, id, 'Anna rang'))
  const both = accessed('b-1', `${own.id},${found('WalletOpened', bert).id}`, 'Anna and Bert?')
  const other = accessed('b-2', found('WalletOpened', bert).metadata.commandId, 'Bert rang')
  const { query } = await filledDatabase(t, [...story, ...looks, both, other])
  for (const customer of [anna, again]) {
    const subjects = await query((db) => subjectsOfPerson(db, customer))
    const accesses = subjects.filter(({ kind }) => kind === 'access').map(({ id }) => id)
    t.strictSame(accesses, [...looks.map((_, index) => `a-${index + 1}`), 'b-1'].toSorted())
    const { ids } = await query((db) => idsOfPerson(db, subjects))
    const others = await query((db) => reasonedAboutOthers(db, 'main', accesses, ids))
    t.strictSame(others, new Set(['b-1']), 'the others are about nobody else')
  }
  const things = async (asked: string) =>
    (await query((db) => thingsAsked(db, 'main', [asked]))).map(({ id }) => id).toSorted()
  t.strictSame(await things(own.id), [anna, 'w-1'])
  t.strictSame(await things(link), [anna, again])
  t.strictSame(await things(note), [again, note], 'a credit note has no key')
  t.strictSame(await things(number), [anna], 'nor has the claim of a number')
  t.strictSame(await things(number.toLowerCase()), [], 'whose capitals count')
  t.strictSame(await things(bert), [], 'who has one is not looked up')
  const elsewhere = await query((db) => thingsAsked(db, 'other', [own.id]), 'other')
  t.strictSame(elsewhere, [], 'nothing of another organisation')
})

t.test('given linked customers, all that is held on the person is found from any', async (t) => {
  const { query } = await filledDatabase(t, [
    ...linked('l-1', 'anna', 'anna-2'),
    ...linked('l-2', 'anna-3', 'anna-2'),
    ...linked('l-3', 'bert', 'bert-2'),
    ...[
      sold('s-1', 'anna'),
      sold('s-2', 'anna-3'),
      sold('s-3', 'bert'),
      sold('s-4', undefined),
      opened('w-1', 'anna-2'),
      opened('w-2', 'bert'),
      writtenOff('d-1', 'anna-3'),
      writtenOff('d-2', 'bert-2'),
    ].map((event): Told => ({ event })),
  ])
  const found = async (id: string, organisation = 'main') => {
    const subjects = await query((db) => subjectsOfPerson(db, id), organisation)
    return subjects.map((subject) => `${subject.kind} ${subject.id}`)
  }
  const rest = ['wallet w-1', 'sale s-1', 'sale s-2', 'bad_debt d-1']
  const customers = ['customer anna', 'customer anna-2', 'customer anna-3']
  t.strictSame(await found('anna'), [...customers, ...rest])
  t.strictSame((await found('anna-3')).toSorted(), [...customers, ...rest].toSorted())
  t.equal((await found('anna-3'))[0], 'customer anna-3', 'who was asked for comes first')
  t.strictSame(await found('nobody'), ['customer nobody'])
  t.strictSame(await found('anna', 'other'), ['customer anna'], 'nothing of another organisation')
})

t.test('given a link that is undone, what other links say stays', async (t) => {
  const { query } = await filledDatabase(t, [
    ...linked('l-1', 'a', 'b', 'c'),
    ...linked('l-2', 'b', 'c'),
    ...unlinked('l-1', 'a', 'b', 'c'),
  ])
  t.strictSame(await query((db) => customersOfPerson(db, 'a')), ['a'])
  t.strictSame(await query((db) => customersOfPerson(db, 'c')), ['c', 'b'])
})

t.test('whoever is linked with whom, one person is one from each of them', async (t) => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const links = fc.array(fc.subarray(ids, { minLength: 2, maxLength: 3 }), { maxLength: 6 })
  for (const groups of fc.sample(links, { numRuns: 4, seed: 11 })) {
    const { query } = await filledDatabase(
      t,
      groups.flatMap((group, index) => linked(`l-${index}`, ...group)),
    )
    const found = new Map<string, readonly string[]>()
    for (const id of ids) {
      found.set(id, (await query((db) => customersOfPerson(db, id))).toSorted())
    }
    for (const group of groups) {
      for (const id of group) t.ok(group.every((other) => found.get(id)?.includes(other)))
    }
    for (const persons of found.values()) {
      for (const id of persons) t.strictSame(found.get(id), persons)
    }
  }
})
