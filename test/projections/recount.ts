import type { FoldedEvent } from '#projections/engine/projection.ts'

/** A sale or credit note as events left it. */
export interface CountedDocument {
  readonly agent: string
  readonly day: string
  readonly currency: string
  readonly net: bigint
  readonly commission: bigint
  readonly kind: 'sale' | 'cancelled sale' | 'credit note'
}

/** A customer: whose they became, and when. */
export interface CountedCustomer {
  readonly agent: string
  readonly registeredOn: string
  readonly handedOver: readonly { readonly day: string; readonly to: string }[]
}

/** What events say, counted again from nothing and with no fold: each thing once, as it stands. */
export function recount(events: readonly FoldedEvent[], dayOf = utcDay) {
  const documents = new Map<string, CountedDocument>()
  const customers = new Map<string, CountedCustomer>()
  for (const event of events) {
    if (event.type === 'SaleRecorded') {
      const { saleId, agent, occurredOn: day, currency, net } = event.data
      const money = { currency, net: BigInt(net), commission: 0n }
      documents.set(saleId, { agent, day, ...money, kind: 'sale' })
    } else if (event.type === 'CommissionAccrued') {
      const { saleId, net } = event.data
      change(documents, saleId, (sale) => ({ ...sale, commission: BigInt(net) }))
    } else if (event.type === 'SaleCancelled') {
      change(
        documents,
        event.data.saleId,
        (sale): CountedDocument => ({ ...sale, kind: 'cancelled sale' }),
      )
    } else if (event.type === 'CreditNoteIssued') {
      const { creditNoteId, agent, occurredOn: day, currency, net } = event.data
      const money = { currency, net: BigInt(net), commission: 0n }
      documents.set(creditNoteId, { agent, day, ...money, kind: 'credit note' })
    } else if (event.type === 'CustomerRegistered') {
      const { customerId, agent, occurredOn: registeredOn } = event.data
      customers.set(customerId, { agent, registeredOn, handedOver: [] })
    } else if (event.type === 'CustomerDetailsChanged' && event.data.agent !== undefined) {
      const handed = { day: dayOf(event.metadata.recordedAt), to: event.data.agent }
      change(customers, event.data.customerId, (customer) => ({
        ...customer,
        handedOver: [...customer.handedOver, handed],
      }))
    }
  }
  return { documents: [...documents.values()], customers: [...customers.values()] }
}

export type Recount = ReturnType<typeof recount>

function utcDay(instant: string): string {
  return instant.slice(0, 10)
}

function change<Item>(items: Map<string, Item>, id: string, how: (item: Item) => Item): void {
  const item = items.get(id)
  if (item === undefined) throw new Error(`${id} was never heard of`)
  items.set(id, how(item))
}

/** The figures of some documents, as statistics name them. */
export function statisticsOf(documents: readonly CountedDocument[]) {
  const of = (kind: CountedDocument['kind']) => documents.filter((one) => one.kind === kind)
  const [sales, cancelled, notes] = [of('sale'), of('cancelled sale'), of('credit note')]
  return {
    turnover: sum(sales, 'net'),
    commissions: sum(sales, 'commission'),
    sales: String(sales.length),
    credited: sum(notes, 'net'),
    credit_notes: String(notes.length),
    cancelled_turnover: sum(cancelled, 'net'),
    cancelled_commissions: sum(cancelled, 'commission'),
    cancelled_sales: String(cancelled.length),
  }
}

function sum(documents: readonly CountedDocument[], field: 'net' | 'commission'): string {
  return String(documents.reduce((total, one) => total + one[field], 0n))
}

/** The snapshot of a user at the end of a day; money by currency, where there is any that is not zero. */
export function snapshotOf({ documents, customers }: Recount, user: string, day: string) {
  const own = documents.filter((one) => one.agent === user && one.day <= day)
  const sales = own.filter(({ kind }) => kind === 'sale')
  const today = sales.filter((one) => one.day === day)
  const agentAt = ({ agent, registeredOn, handedOver }: CountedCustomer) =>
    registeredOn > day ? undefined : (handedOver.findLast((one) => one.day <= day)?.to ?? agent)
  return {
    totalCustomers: customers.filter((one) => agentAt(one) === user).length,
    newCustomersToday: customers.filter((one) => one.agent === user && one.registeredOn === day)
      .length,
    totalSales: sales.length,
    totalRevenue: byCurrency(sales, 'net'),
    totalCommissions: byCurrency(sales, 'commission'),
    todaySales: today.length,
    todayRevenue: byCurrency(today, 'net'),
  }
}

function byCurrency(documents: readonly CountedDocument[], field: 'net' | 'commission') {
  const groups = Map.groupBy(documents, ({ currency }) => currency)
  const sums = [...groups].map(([currency, some]) => [currency, sum(some, field)] as const)
  return Object.fromEntries(sums.filter(([, amount]) => amount !== '0'))
}
