import { type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import { createdBy } from '../command-id.ts'
import { noteDocument, wasRecorded } from '../crm/note-document.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { knownCustomer, type OperationDeps, organisationFacts } from '../operation.ts'

export interface NewWallet {
  readonly customerId: string
  /** Default: the organisation's. */
  readonly currency?: string | undefined
  /** How far below zero it may go, in minor units. Default: not at all. */
  readonly creditLimit?: bigint | undefined
  readonly name?: string | undefined
  readonly occurredOn?: string | undefined
}

/**
 * A wallet of a customer; a customer may have several, and whoever has one is not deleted.
 *
 * @throws Rejection CUSTOMER_UNKNOWN
 */
export async function openWallet(
  deps: OperationDeps,
  { currency, occurredOn, ...input }: NewWallet,
  context: CommandContext,
): Promise<CommandOutcome<WalletEvent> & { readonly walletId: string }> {
  const walletId = createdBy(context.commandId, 'wallet')
  const repeated = await deps.handler.replay(wallet, walletId, context)
  if (repeated !== undefined) return { walletId, ...repeated }
  await knownCustomer(deps, context.organisation, input.customerId)
  const { settings, today } = await organisationFacts(deps, context)
  const command = {
    ...input,
    type: 'OpenWallet',
    walletId,
    currency: currency ?? settings.baseCurrency,
    occurredOn: occurredOn ?? today,
    today,
  } as const
  wallet.decide(command, wallet.initial)
  const { customerId } = input
  await noteDocument(deps, customerId, { kind: 'wallet', id: walletId }, context)
  const outcome = await deps.handler.handle(wallet, walletId, command, context, { isNew: true })
  wasRecorded(deps, context, customerId, walletId)
  return { walletId, ...outcome }
}
