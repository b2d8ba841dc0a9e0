import { randomUUID } from 'node:crypto'
import { commandIdOf } from '#commands/command-id.ts'
import { numberId } from '#commands/crm/claim-number.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { cancelSale } from '#commands/finance/cancel-sale.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { receivePayment } from '#commands/finance/receive-payment.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import type { CommandContext } from '#commands/handler.ts'
import { type OperationDeps, organisationFacts, SETTINGS_ID } from '#commands/operation.ts'
import { assignCommissionTier } from '#commands/organisation/assign-commission-tier.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { chooseDefaultCommissionTier } from '#commands/organisation/choose-default-commission-tier.ts'
import { setCommissionTier } from '#commands/organisation/set-commission-tier.ts'
import { customerNumber } from '#domain/crm/customer-number.ts'
import { addDays } from '#domain/dates.ts'
import { settings } from '#domain/organisation/settings.ts'
import { customers, type SampleSale, sampleSales, seniorAgent, tiers } from './sample-company.ts'

/** Sales recorded at the same time. */
const AT_ONCE = 16
const VAT = { taxCode: 'vat', taxRates: { vat: '15' } }

export interface SampleDeps {
  readonly operations: OperationDeps
  /** UTC instant. */
  readonly clock: () => string
}

/** `not_empty`: the organisation has set itself up already, so nothing invented is put into its books. */
export type SampleOutcome = 'loaded' | 'not_empty'

/**
 * Puts the sample company into an organisation, by the same operations that callers use. Loading it
 * again changes nothing; what was interrupted is completed.
 */
export async function loadSample(
  { operations, clock }: SampleDeps,
  organisation: string,
): Promise<SampleOutcome> {
  const context = contexts(operations, clock, organisation)
  if (!(await mayLoad(operations, organisation))) return 'not_empty'
  await setUp(operations, context)
  const idOf = new Map<string, string>()
  await Promise.all(
    customers.map(async (customer) => {
      const asked = context(`customer ${customer.number}`)
      const { customerId } = await registerCustomer(operations, customer, asked)
      idOf.set(customer.number, customerId)
    }),
  )
  const { today } = await organisationFacts(operations, context('today'))
  const sales = sampleSales()
  for (let from = 0; from < sales.length; from += AT_ONCE) {
    const some = sales.slice(from, from + AT_ONCE)
    await Promise.all(some.map((sale) => sell(operations, context, { sale, idOf, today })))
  }
  return 'loaded'
}

type Contexts = (key: string) => CommandContext

/** Each command has an id of its own, whenever it is sent: a repeat is found and answered. */
function contexts(
  { keyedHash }: OperationDeps,
  clock: () => string,
  organisation: string,
): Contexts {
  const actor = 'sample'
  return (key) => ({
    organisation,
    actor,
    commandId: commandIdOf({ organisation, actor, route: 'sample', key }),
    bodyHash: keyedHash('bodyHash', organisation, 'sample', key),
    correlationId: randomUUID(),
    now: clock(),
  })
}

/** Into an organisation that nobody has set up, or that holds the sample already. */
async function mayLoad(operations: OperationDeps, organisation: string): Promise<boolean> {
  const { handler } = operations
  const { revision } = await handler.load(settings, organisation, SETTINGS_ID, { age: 'now' })
  if (revision < 0) return true
  const id = numberId(operations, organisation, customers[0]?.number ?? '')
  const { state } = await handler.load(customerNumber, organisation, id, { age: 'now' })
  return state.owner !== undefined
}

async function setUp(operations: OperationDeps, context: Contexts): Promise<void> {
  const shop = { timeZone: 'Asia/Riyadh', baseCurrency: 'SAR' }
  await changeSettings(operations, shop, context('settings'))
  for (const tier of tiers) await setCommissionTier(operations, tier, context(`tier ${tier.tier}`))
  const standard = { tier: 'standard' }
  await chooseDefaultCommissionTier(operations, standard, context('default tier'))
  const senior = { agent: seniorAgent, tier: 'senior' }
  await assignCommissionTier(operations, senior, context('senior tier'))
}

interface Sold {
  readonly sale: SampleSale
  readonly idOf: ReadonlyMap<string, string>
  readonly today: string
}

async function sell(operations: OperationDeps, context: Contexts, sold: Sold): Promise<void> {
  const { sale, idOf, today } = sold
  const customerId = sale.customer === undefined ? undefined : idOf.get(sale.customer)
  const { saleId } = await recordSale(
    operations,
    {
      customerId,
      agent: sale.agent,
      currency: 'SAR',
      occurredOn: addDays(today, -sale.daysAgo),
      document: { lines: sale.lines, ...VAT },
      payment: sale.paidBy && { method: sale.paidBy },
    },
    context(`sale ${sale.number}`),
  )
  await follow(operations, context, { ...sold, saleId })
}

async function follow(
  operations: OperationDeps,
  context: Contexts,
  { sale, today, saleId }: Sold & { readonly saleId: string },
): Promise<void> {
  const { later, number } = sale
  if (later === undefined || later.after > sale.daysAgo) return
  const occurredOn = addDays(today, later.after - sale.daysAgo)
  const asked = context(`${later.kind} ${number}`)
  switch (later.kind) {
    case 'paid':
      await receivePayment(operations, { saleId, method: later.method, occurredOn }, asked)
      break
    case 'overpaid': {
      const amount = { amount: later.amount, currency: 'SAR' }
      await receivePayment(operations, { saleId, method: later.method, amount, occurredOn }, asked)
      break
    }
    case 'credited': {
      const [line] = sale.lines
      if (line === undefined) break
      const document = { lines: [{ ...line, quantity: '1' }], ...VAT }
      await issueCreditNote(operations, { saleId, document, occurredOn }, asked)
      break
    }
    case 'cancelled':
      await cancelSale(operations, { saleId, reason: 'Returned unopened', occurredOn }, asked)
      break
    case 'written_off':
      await writeOffBadDebt(operations, { saleId, reason: 'Unreachable', occurredOn }, asked)
  }
}
