import type { ApproveErasure } from '#domain/crm/customer/erase.ts'
import { customer } from '#domain/crm/customer.ts'
import { isSamePerson } from '../identity/same-person.ts'
import type { OperationDeps } from '../operation.ts'

/** The command by which an actor approves an erasure, with what it has to know of whoever asked for that. */
export async function approvalBy(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
  customerId: string,
  approvedBy: string,
): Promise<ApproveErasure> {
  const { state } = await handler.load(customer, organisation, customerId, { age: 'now' })
  const by = state.registration === 'registered' ? state.erasure?.requestedBy : undefined
  const isSame = by !== undefined && (await isSamePerson({ handler }, organisation, by, approvedBy))
  return { type: 'ApproveErasure', customerId, approvedBy, request: { by, isSamePerson: isSame } }
}
