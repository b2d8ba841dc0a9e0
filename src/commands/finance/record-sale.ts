import { refuseLeaving } from '#domain/crm/customer/erase.ts'
import { customer, type RegisteredCustomer } from '#domain/crm/customer.ts'
import type { RecordSale } from '#domain/finance/sale/record.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import { commissionTiers, rateFor } from '#domain/organisation/commission-tiers.ts'
import { wasRecorded } from '../crm/note-document.ts'
import { createdBy, documentIdOf } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import {
  knownCustomer,
  type OperationDeps,
  type Optional,
  organisationFacts,
  TIERS_ID,
} from '../operation.ts'
import { bringDocument, DOCUMENT_FIELDS } from './bring-document.ts'
import { countCredit } from './count-credit.ts'

type Payment = NonNullable<RecordSale['payment']>
type Given = 'customerId' | 'document' | 'commissionTaxCode' | 'propertyType' | 'location'

/** Default: sold by the caller today, in the organisation's currency. */
export interface NewSale
  extends Pick<RecordSale, Given>,
    Optional<Pick<RecordSale, 'agent' | 'currency' | 'occurredOn'>> {
  readonly payment?: Omit<Payment, 'paymentId'> | undefined
}

export type RecordedSaleOutcome = CommandOutcome<SaleEvent> & { readonly saleId: string }

const COMPARED = {
  SaleRecorded: [...DOCUMENT_FIELDS, 'propertyType', 'location'],
  SalePaymentReceived: ['purpose', 'route', 'method', 'amount'],
}

/**
 * The sale with its payment and commission, in one append. Of a customer who never bought, it is first
 * noted on the customer, so that they cannot be deleted meanwhile; a note without a sale is released.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_RESTRICTED, CUSTOMER_ERASED, DOCUMENT_DIFFERS, and what the
 *   sale refuses.
 */
export async function recordSale(
  deps: OperationDeps,
  input: NewSale,
  context: CommandContext,
): Promise<RecordedSaleOutcome> {
  const { handler } = deps
  const { commandId, organisation } = context
  const { source } = input.document
  const saleId =
    source === undefined
      ? createdBy(commandId, 'sale')
      : documentIdOf({ organisation, kind: 'sale', source })
  const repeated = await handler.replay(sale, saleId, context)
  if (repeated !== undefined) return { saleId, ...repeated }

  const { customerId } = input
  const buyer =
    customerId === undefined ? undefined : await knownCustomer(deps, organisation, customerId)
  const command = await recordSaleCommand(deps, saleId, input, buyer, context)
  const outcome = await bringDocument(
    deps,
    sale,
    {
      id: saleId,
      source,
      command,
      compared: COMPARED,
      async prepare() {
        if (buyer === undefined || customerId === undefined) return
        refuseLeaving(customerId, buyer)
        await noteOnCustomer(deps, command, buyer, context)
      },
    },
    context,
  )
  wasRecorded(deps, context, customerId, saleId)
  if (!outcome.replayed) await countCredit(deps, outcome.events, context)
  return { saleId, ...outcome }
}

async function recordSaleCommand(
  deps: OperationDeps,
  saleId: string,
  input: NewSale,
  buyer: RegisteredCustomer | undefined,
  context: CommandContext,
): Promise<RecordSale> {
  const { settings, today } = await organisationFacts(deps, context)
  const tiers = await deps.handler.load(commissionTiers, context.organisation, TIERS_ID)
  const agent = input.agent ?? context.actor
  const { payment } = input
  const paymentId = createdBy(context.commandId, 'payment')
  return {
    ...input,
    type: 'RecordSale',
    saleId,
    agent,
    currency: input.currency ?? settings.baseCurrency,
    occurredOn: input.occurredOn ?? today,
    today,
    basis: settings.basis,
    paymentTermsDays: buyer?.details.paymentTermsDays ?? settings.paymentTermsDays,
    commission: rateFor(tiers.state, agent),
    payment: payment && { ...payment, paymentId },
  }
}

/** Not needed once a sale of theirs is known to be recorded: here, or by a fact on the customer. */
async function noteOnCustomer(
  { handler, recordedFor }: OperationDeps,
  { customerId, ...command }: RecordSale,
  { hasSale, notedSales }: RegisteredCustomer,
  context: CommandContext,
): Promise<void> {
  if (customerId === undefined) return
  const recorded = recordedFor.get(`${context.organisation}/${customerId}`)
  if (hasSale || (recorded !== undefined && notedSales.includes(recorded))) return
  sale.decide({ ...command, customerId }, sale.initial)
  const note = { type: 'NoteCustomerSale', customerId, saleId: command.saleId } as const
  await handler.handle(customer, customerId, note, context)
}
