import type { DaybookEvent, EventOf } from '#domain/events.ts'

/**
 * A year of an invented shop, event by event in the order of its days: sales of two lines to customers
 * who come again, half of them with a deposit, the rest paid up to two months later; one in ten is
 * followed by a credit note, which becomes the customer's credit. The same in every run.
 */

export const ORGANISATION = 'bench'

/** How many events there are for a sale, all in all. */
const EVENTS_PER_SALE = 5.9
/** Sales wait for their last payment for 0 to 59 days. */
const LONGEST_WAIT_DAYS = 60
const CREDIT_NOTE_AFTER_DAYS = 7

export interface InventedEvent {
  readonly stream: string
  readonly commandId: string
  /** Day of the command, YYYY-MM-DD. */
  readonly day: string
  readonly event: DaybookEvent
}

/**
 * Endless: days follow each other until nobody asks for more. `events` sets the size of the shop. Where
 * payments bear `references`, these are personal data, under a key for each sale.
 */
export function* inventedYear(
  events: number,
  { references = false }: { readonly references?: boolean } = {},
): Generator<InventedEvent> {
  const perDay = Math.max(1, Math.round(events / 365 / EVENTS_PER_SALE))
  const customers = Math.max(perDay, Math.floor(events / 100))
  const shop: Shop = { perDay, customers, references }
  for (let today = 0; ; today++) {
    for (let n = today * perDay; n < (today + 1) * perDay; n++) yield* sold(factsOf(n, shop))
    const oldest = Math.max(0, today - LONGEST_WAIT_DAYS + 1) * perDay
    for (let n = oldest; n < (today + 1) * perDay; n++) {
      if (Math.floor(n / perDay) + waitOf(n) === today) yield* paid(factsOf(n, shop), today)
    }
    const credited = (today - CREDIT_NOTE_AFTER_DAYS) * perDay
    for (let n = credited; n >= 0 && n < credited + perDay; n++) {
      if (n % 10 === 3) yield* creditedBack(factsOf(n, shop), today)
    }
  }
}

/** A UUID that is the same in every run. */
export function inventedId(kind: number, n: number): string {
  const hex = n.toString(16).padStart(12, '0')
  return `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${hex}`
}

interface Shop {
  readonly perDay: number
  readonly customers: number
  readonly references: boolean
}

type Facts = ReturnType<typeof factsOf>

function factsOf(n: number, shop: Shop) {
  const net = 1000n + ((BigInt(n) * 7919n) % 50_000n) * 2n
  return {
    n,
    isFirst: n < shop.customers,
    day: dayOf(Math.floor(n / shop.perDay)),
    net: String(net),
    deposit: n % 2 === 0 ? String(net / 4n) : '0',
    saleId: inventedId(1, n),
    customerId: inventedId(2, n % shop.customers),
    agent: `agent-${n % 20}`,
    method: n % 3 === 0 ? 'cash' : 'bank',
    ...(shop.references && { reference: `transfer ${n} of a customer` }),
  } as const
}

function dayOf(day: number): string {
  return new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10)
}

function waitOf(n: number): number {
  return (n * 37) % LONGEST_WAIT_DAYS
}

/** What every event of the sale repeats. */
function dimensions({ saleId, customerId, agent, day }: Facts) {
  return {
    saleId,
    customerId,
    agent,
    basis: 'principal',
    currency: 'GBP',
    occurredOn: day,
  } as const
}

function* sold(facts: Facts): Generator<InventedEvent> {
  const { n, isFirst, day, net, deposit, saleId, customerId } = facts
  const sale = { stream: `sale-${ORGANISATION}.${saleId}`, commandId: inventedId(16, n), day }
  const customer = { stream: `customer-${ORGANISATION}.${customerId}`, day }
  if (isFirst) {
    yield { ...customer, commandId: inventedId(17, n), event: registered(facts) }
    const event = { type: 'CustomerSaleNoted', data: { customerId, saleId } } as const
    yield { ...customer, commandId: inventedId(18, n), event }
  }
  yield { ...sale, event: recorded(facts) }
  yield { ...sale, event: commission(facts, String(BigInt(net) / 40n)) }
  if (deposit !== '0') yield { ...sale, event: payment(facts, 'p0', deposit, day) }
  const contacted = { ...customer, commandId: inventedId(19, n) }
  if (isFirst) {
    const data = { customerId, from: 'lead', to: 'closed', saleId } as const
    yield { ...contacted, event: { type: 'CustomerStatusChanged', data } }
  }
  const data = { customerId, contactedOn: day, saleId }
  yield { ...contacted, event: { type: 'CustomerContacted', data } }
}

function* paid(facts: Facts, today: number): Generator<InventedEvent> {
  const day = dayOf(today)
  const rest = String(BigInt(facts.net) - BigInt(facts.deposit))
  const command = {
    stream: `sale-${ORGANISATION}.${facts.saleId}`,
    commandId: inventedId(20, facts.n),
    day,
  }
  yield { ...command, event: payment(facts, 'p1', rest, day) }
  const data = { ...dimensions(facts), occurredOn: day }
  yield { ...command, event: { type: 'SaleCompleted', data } }
}

function* creditedBack(facts: Facts, today: number): Generator<InventedEvent> {
  const { n, customerId, agent } = facts
  const day = dayOf(today)
  const creditNoteId = inventedId(3, n)
  const amounts = { net: '100', tax: '0', gross: '100', taxes: [] }
  const document = { creditNoteId, customerId, agent, basis: 'principal', currency: 'GBP' } as const
  yield {
    stream: `creditNote-${ORGANISATION}.${creditNoteId}`,
    commandId: inventedId(21, n),
    day,
    event: { type: 'CreditNoteIssued', data: { ...document, ...amounts, occurredOn: day } },
  }
  const origin = { kind: 'credit_note', id: creditNoteId } as const
  yield {
    stream: `customerCredit-${ORGANISATION}.${customerId}`,
    commandId: inventedId(22, n),
    day,
    event: {
      type: 'CustomerCreditReceived',
      data: { customerId, currency: 'GBP', amount: '100', origin },
    },
  }
}

function registered({ n, customerId, agent, day }: Facts): EventOf<'CustomerRegistered'> {
  return {
    type: 'CustomerRegistered',
    data: {
      customerId,
      number: `C-${n}`,
      agent,
      status: 'lead',
      source: 'bench',
      country: 'United Kingdom',
      occurredOn: day,
      name: `Customer Number ${n}`,
      phone: `+44 20 7946 ${String(n % 10_000).padStart(4, '0')}`,
      email: `customer-${n}@example.com`,
    },
  }
}

function recorded(facts: Facts): EventOf<'SaleRecorded'> {
  const { n, net, day } = facts
  const unitPrice = (Number(net) / 200).toFixed(2)
  const lines = [
    { item: `A${n % 4000}`, description: 'WHITE METAL LANTERN', quantity: '1', unitPrice },
    { item: `B${n % 4000}`, description: 'CREAM CUPID COAT HANGER', quantity: '1', unitPrice },
  ]
  const amounts = { net, tax: '0', gross: net, taxes: [], lines }
  return { type: 'SaleRecorded', data: { ...dimensions(facts), ...amounts, dueOn: day } }
}

function commission(facts: Facts, net: string): EventOf<'CommissionAccrued'> {
  const amounts = { net, tax: '0', gross: net, exact: (Number(net) / 100).toFixed(2) }
  const data = { ...dimensions(facts), ...amounts, tier: 'standard', rate: '2.5' }
  return { type: 'CommissionAccrued', data: { ...data, dueOn: facts.day } }
}

function payment(
  facts: Facts,
  paymentId: string,
  amount: string,
  occurredOn: string,
): EventOf<'SalePaymentReceived'> {
  const { method, reference } = facts
  const way = { purpose: 'price', route: 'through_us', method } as const
  const how = { ...way, ...(reference !== undefined && { reference }) }
  const split = { amount, toReceivable: amount, toCredit: '0', toClientMoney: '0' }
  const data = { ...dimensions(facts), ...how, ...split, paymentId, occurredOn }
  return { type: 'SalePaymentReceived', data }
}
