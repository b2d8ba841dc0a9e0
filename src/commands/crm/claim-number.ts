import { customer } from '#domain/crm/customer.ts'
import { customerNumber } from '#domain/crm/customer-number.ts'
import { Rejection } from '#domain/rejection.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext, CommandHandler } from '../handler.ts'
import { type OperationDeps, stepContext } from '../operation.ts'

/** A claim whose owner has not registered by then is taken to be left by a crash. */
const ABANDONED_AFTER_MS = 60_000

/** Names the stream of a number: within its organisation, and telling nothing of the number. */
export function numberId(
  { keyedHash }: Pick<OperationDeps, 'keyedHash'>,
  organisation: string,
  number: string,
): string {
  return keyedHash('customerNumber', organisation, number)
}

/**
 * Makes the number this customer's, who is about to register.
 *
 * @throws Rejection CUSTOMER_NUMBER_TAKEN
 */
export async function claimNumber(
  deps: OperationDeps,
  number: string,
  customerId: string,
  context: CommandContext,
): Promise<void> {
  const id = numberId(deps, context.organisation, number)
  const claim = { type: 'ClaimCustomerNumber', customerId } as const
  try {
    await deps.handler.handle(customerNumber, id, claim, context, { isNew: true })
  } catch (error) {
    const isTaken = error instanceof Rejection && error.code === 'CUSTOMER_NUMBER_TAKEN'
    if (!isTaken || !(await takeOver(deps, id, customerId, context))) throw error
  }
}

/** Only from an owner who was deleted or erased, or who never registered, and after making sure that they no longer can. */
async function takeOver(
  { handler }: OperationDeps,
  id: string,
  customerId: string,
  context: CommandContext,
): Promise<boolean> {
  const { organisation } = context
  const { state } = await handler.load(customerNumber, organisation, id, { age: 'now' })
  const owner = state.owner
  if (owner !== undefined && !(await isAbandoned(handler, id, owner, context))) return false
  const take = { type: 'TakeOverCustomerNumber', from: owner ?? customerId, customerId } as const
  const step = stepContext(context, stepOf(context.commandId, 'take over'))
  await handler.handle(customerNumber, id, take, step)
  return true
}

async function isAbandoned(
  handler: CommandHandler,
  id: string,
  owner: string,
  context: CommandContext,
): Promise<boolean> {
  const { organisation, now } = context
  const { state } = await handler.load(customer, organisation, owner, { age: 'now' })
  if (state.registration === 'registered') return state.erasure?.stage === 'erased'
  if (state.registration !== 'none') return true
  const claims = await handler.history(customerNumber, organisation, id, 1000)
  const claimedAt = Date.parse(claims.at(-1)?.metadata.recordedAt ?? now)
  if (Date.parse(now) - claimedAt < ABANDONED_AFTER_MS) return false
  const abandon = { type: 'AbandonCustomerRegistration', customerId: owner } as const
  const step = stepContext(context, stepOf(context.commandId, 'abandon'))
  const { events } = await handler.handle(customer, owner, abandon, step)
  // Nothing to do: they registered after all.
  return events.length > 0
}
