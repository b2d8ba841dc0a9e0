import type { Erasure, ErasureCommand } from '#domain/crm/customer/erase.ts'
import { customer } from '#domain/crm/customer.ts'
import { Rejection } from '#domain/rejection.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, stepContext } from '../operation.ts'
import { approvalBy } from './approval.ts'

/**
 * What was asked for one customer is asked for all who are the same person, and what was agreed to for one
 * is agreed to for all: each has an erasure of its own, that ends when nothing of it has to be kept. Safe to
 * repeat.
 */
export async function coverLinked(
  deps: Pick<OperationDeps, 'handler'>,
  customerId: string,
  erasure: Erasure,
  context: CommandContext,
): Promise<void> {
  const { linked, stage, approvedBy, reason, requestedBy, needsApproval } = erasure
  const everybody = [customerId, ...linked]
  for (const id of linked) {
    const others = everybody.filter((one) => one !== id)
    const asked = { reason, requestedBy, needsApproval, linked: others }
    await step(deps, { type: 'RequestErasure', customerId: id, ...asked }, context)
    if (stage === 'requested' || approvedBy === undefined) continue
    await step(deps, await approvalBy(deps, context.organisation, id, approvedBy), context)
  }
}

/** As `coverLinked`, of a refusal: theirs come before the one that was asked for, so that a repeat completes it. */
export async function rejectLinked(
  deps: Pick<OperationDeps, 'handler'>,
  { linked }: Pick<Erasure, 'linked'>,
  rejection: { readonly rejectedBy: string; readonly reason: string },
  context: CommandContext,
): Promise<void> {
  for (const id of linked) {
    await step(deps, { type: 'RejectErasure', customerId: id, ...rejection }, context)
  }
}

/** It is done already, they are gone, or whoever agreed may not agree to this one, which then waits for somebody. */
const left = new Set<string>([
  'CUSTOMER_UNKNOWN',
  'CUSTOMER_ERASED',
  'ERASURE_ALREADY_REQUESTED',
  'ERASURE_ALREADY_DECIDED',
  'ERASURE_UNKNOWN',
  'ERASURE_NOT_APPROVED_BY_SAME_PERSON',
])

async function step(
  { handler }: Pick<OperationDeps, 'handler'>,
  command: ErasureCommand,
  context: CommandContext,
): Promise<void> {
  const { type, customerId } = command
  const own = stepContext(context, stepOf(context.commandId, `${type} ${customerId}`))
  try {
    await handler.handle(customer, customerId, command, own)
  } catch (error) {
    if (!(error instanceof Rejection && left.has(error.code))) throw error
  }
}
