import type { PaymentMethod } from '#domain/finance/documents.ts'

/**
 * An invented shop for lamps and gifts in Riyadh, with half a year of business. The same every time it
 * is asked for: what it plans follows from one seed.
 */

export interface SampleCustomer {
  readonly number: string
  readonly name: string
  readonly phone: string
  readonly agent: string
}

export interface SampleSale {
  readonly number: string
  /** Absent: over the counter. */
  readonly customer: string | undefined
  readonly agent: string
  /** Days before today. */
  readonly daysAgo: number
  readonly lines: readonly {
    readonly item: string
    readonly description: string
    readonly quantity: string
    readonly unitPrice: string
  }[]
  /** Paid in full with the sale. */
  readonly paidBy: PaymentMethod | undefined
  readonly later: SampleFollowUp | undefined
}

/** What became of a sale, so many days after it. */
export type SampleFollowUp = { readonly after: number } & (
  | { readonly kind: 'paid'; readonly method: PaymentMethod }
  /** More than was owed, in minor units. */
  | { readonly kind: 'overpaid'; readonly method: PaymentMethod; readonly amount: bigint }
  | { readonly kind: 'credited' | 'cancelled' | 'written_off' }
)

export const tiers = [
  { tier: 'standard', name: 'Standard', rate: '2' },
  { tier: 'senior', name: 'Senior', rate: '3.5' },
] as const
export const seniorAgent = 'layla'
const agents = [seniorAgent, 'omar', 'sara'] as const

const names =
  `أحمد الحربي|سارة القحطاني|فيصل العتيبي|نورة السبيعي|خالد الدوسري|مريم الشمري|يوسف الغامدي
رضا کریمی|مینا احمدی|نیلوفر رضایی|آرش مرادی|پریسا حسینی
Emily Carter|James Whitfield|Sofia Lindqvist|Daniel Okafor|Grace Mbeki|Tomás Rivera|Hana Suzuki|Oliver Brandt`
    .split(/[|\n]/)
    .map((name) => name.trim())

const goods = [
  ['L-10', 'Brass table lamp', '189.00'],
  ['L-11', 'Reading lamp', '129.50'],
  ['L-20', 'Paper lantern', '34.90'],
  ['L-21', 'String of lights', '59.00'],
  ['G-01', 'Scented candle', '24.50'],
  ['G-02', 'Coffee set', '219.00'],
  ['G-03', 'Picture frame', '45.75'],
  ['G-04', 'Incense burner', '99.00'],
] as const

const SALES = 200
const DAYS = 180

export const customers: readonly SampleCustomer[] = names.map((name, index) => ({
  number: `S-${String(index + 1).padStart(3, '0')}`,
  name,
  phone: `+96650000${String(1000 + index)}`,
  agent: agents[index % agents.length] ?? seniorAgent,
}))

/** Two hundred sales, oldest first. */
export function sampleSales(): readonly SampleSale[] {
  const random = seeded(20_26)
  return Array.from({ length: SALES }, (_, index) => sampleSale(index, random))
}

function sampleSale(index: number, random: (below: number) => number): SampleSale {
  const counter = random(100) < 15
  const buyer = customers[random(customers.length)]
  const paidBy = counter || random(100) < 55 ? methodOf(random) : undefined
  return {
    number: `2026-${String(index + 1).padStart(4, '0')}`,
    customer: counter ? undefined : buyer?.number,
    agent: (counter ? undefined : buyer?.agent) ?? agents[random(agents.length)] ?? seniorAgent,
    daysAgo: DAYS - Math.floor((index * DAYS) / SALES),
    lines: Array.from({ length: 1 + random(4) }, () => lineOf(random)),
    paidBy,
    later: counter ? undefined : followUp(index, paidBy !== undefined, random),
  }
}

function lineOf(random: (below: number) => number): SampleSale['lines'][number] {
  const [item, description, unitPrice] = goods[random(goods.length)] ?? goods[0]
  return { item, description, quantity: String(1 + random(6)), unitPrice }
}

function followUp(
  index: number,
  paid: boolean,
  random: (below: number) => number,
): SampleFollowUp | undefined {
  const after = 2 + random(25)
  if (index % 60 === 59) return { kind: 'cancelled', after }
  if (index % 14 === 13) return { kind: 'credited', after }
  if (paid) return undefined
  if (index % 70 === 5) return { kind: 'written_off', after }
  const lot = random(100)
  if (lot < 60) return { kind: 'paid', after, method: 'bank' }
  return lot < 66 ? { kind: 'overpaid', after, method: 'bank', amount: 600_000n } : undefined
}

function methodOf(random: (below: number) => number): PaymentMethod {
  const methods = ['cash', 'card', 'card', 'bank', 'mobile_money'] as const
  return methods[random(methods.length)] ?? 'cash'
}

/** Whole numbers from 0 to below `below`, always the same ones (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
