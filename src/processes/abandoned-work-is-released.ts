import type { CommandContext, CommandHandler, LoadedState } from '#commands/handler.ts'
import { type CustomerDocument, customer } from '#domain/crm/customer.ts'
import { unreachable } from '#domain/decider.ts'
import type { EventOf } from '#domain/events.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { creditNote } from '#domain/finance/credit-note.ts'
import { customerCredit, reservationOf } from '#domain/finance/customer-credit.ts'
import { sale } from '#domain/finance/sale.ts'
import { wallet } from '#domain/wallet/wallet.ts'
import type { Process } from './process.ts'

/** Longer than any operation takes: what has not come by then will not come. */
export const ABANDONED_AFTER_MS = 10 * 60_000

/**
 * What was set aside for a sale and not used, because a crash came in between and nobody asked again:
 * the note of a first sale, a wallet or a document on its customer, and customer credit.
 */
export function abandonedWorkIsReleased(
  handler: CommandHandler,
  delayMs: number = ABANDONED_AFTER_MS,
): Process {
  return {
    name: 'abandoned_work_is_released',
    types: ['CustomerSaleNoted', 'CustomerDocumentNoted', 'CustomerCreditReserved'],
    delayMs,
    async react(event, context) {
      if (event.type === 'CustomerSaleNoted') await releaseNote(handler, event.data, context)
      if (event.type === 'CustomerDocumentNoted') {
        await releaseDocumentNote(handler, event.data, context)
      }
      if (event.type === 'CustomerCreditReserved') await releaseCredit(handler, event.data, context)
    },
  }
}

async function releaseNote(
  handler: CommandHandler,
  { customerId, saleId }: EventOf<'CustomerSaleNoted'>['data'],
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const noted = await handler.load(customer, organisation, customerId)
  if (noted.state.registration !== 'registered') return
  if (!noted.state.notedSales.includes(saleId)) return
  const { state } = await handler.load(sale, organisation, saleId, { age: 'now' })
  if (state.status !== 'none') return
  const command = { type: 'ReleaseCustomerSaleNote', customerId, saleId } as const
  await handler.handle(customer, customerId, command, context)
}

async function releaseDocumentNote(
  handler: CommandHandler,
  { customerId, document }: EventOf<'CustomerDocumentNoted'>['data'],
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const { state } = await handler.load(customer, organisation, customerId)
  if (state.registration !== 'registered') return
  if (!state.notedDocuments.some(({ id }) => id === document.id)) return
  const { revision } = await loadDocument(handler, organisation, document)
  if (revision >= 0) return
  const command = { type: 'ReleaseCustomerDocumentNote', customerId, document } as const
  await handler.handle(customer, customerId, command, context)
}

function loadDocument(
  handler: CommandHandler,
  organisation: string,
  { kind, id }: CustomerDocument,
): Promise<LoadedState<unknown>> {
  const now = { age: 'now' } as const
  switch (kind) {
    case 'wallet':
      return handler.load(wallet, organisation, id, now)
    case 'credit_note':
      return handler.load(creditNote, organisation, id, now)
    case 'bad_debt':
      return handler.load(badDebt, organisation, id, now)
    default:
      return unreachable(kind)
  }
}

async function releaseCredit(
  handler: CommandHandler,
  { customerId, saleId, allocationId }: EventOf<'CustomerCreditReserved'>['data'],
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const { state } = await handler.load(customerCredit, organisation, customerId)
  if (reservationOf(state, allocationId) === undefined) return
  const recorded = await handler.history(sale, organisation, saleId, 100_000)
  const taken = recorded.reduce((sum, { type, data }) => {
    const isIt = type === 'SaleCreditAllocated' && data.allocationId === allocationId
    return isIt ? sum + BigInt(data.amount) : sum
  }, 0n)
  const command = { type: 'ReleaseCustomerCredit', customerId, allocationId, taken } as const
  await handler.handle(customerCredit, customerId, command, context)
}
