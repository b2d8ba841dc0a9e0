import { customer } from '#domain/crm/customer.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { sale } from '#domain/finance/sale.ts'
import {
  type GrantUnmasking,
  type UnmaskingsEvent,
  unmaskings,
} from '#domain/identity/unmaskings.ts'
import { Rejection } from '#domain/rejection.ts'
import { wallet } from '#domain/wallet/wallet.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { type OperationDeps, UNMASKINGS_ID } from '../operation.ts'
import { isOfErased } from '../privacy/reasons-about.ts'
import { type KnownActorDeps, refuseUnknownActor } from './known-actor.ts'

export interface GrantUnmaskingDeps extends KnownActorDeps {
  readonly keyRing: Pick<KeyRing, 'forReading' | 'destroy'>
}

/**
 * Lets somebody see personal data for a time.
 *
 * @throws Rejection SUBJECT_UNKNOWN, MEMBER_UNKNOWN, API_KEY_UNKNOWN, UNMASKING_OVER, UNMASKING_TOO_LONG
 */
export async function grantUnmasking(
  deps: GrantUnmaskingDeps,
  asked: Omit<GrantUnmasking, 'type' | 'unmaskingId' | 'now'>,
  context: CommandContext,
): Promise<CommandOutcome<UnmaskingsEvent>> {
  const { handler, keyRing } = deps
  const repeated = await handler.replay(unmaskings, UNMASKINGS_ID, context)
  if (repeated !== undefined) return repeated
  const unmaskingId = createdBy(context.commandId, 'unmasking')
  const { organisation } = context
  const { subject, actor } = asked
  if (subject !== undefined) await refuseUnknownSubject(deps, organisation, subject)
  await refuseUnknownActor(deps, organisation, actor)
  // Of who is erased nothing more can be read: it is written under a key that nobody has.
  if (subject !== undefined && (await isOfErased(keyRing, organisation, [subject]))) {
    await keyRing.destroy(subjectOf(organisation, unmaskingId))
  }
  const command = { ...asked, type: 'GrantUnmasking', unmaskingId, now: context.now } as const
  return handler.handle(unmaskings, UNMASKINGS_ID, command, context)
}

/**
 * One that was deleted is known: what there was of it may stand somewhere.
 *
 * @throws Rejection SUBJECT_UNKNOWN
 */
async function refuseUnknownSubject(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
  subject: string,
): Promise<void> {
  const now = { age: 'now' } as const
  const found = await Promise.all([
    handler.load(customer, organisation, subject, now),
    handler.load(wallet, organisation, subject, now),
    handler.load(sale, organisation, subject, now),
    handler.load(badDebt, organisation, subject, now),
  ])
  if (found.some(({ revision }) => revision >= 0)) return
  throw new Rejection('SUBJECT_UNKNOWN', { subject }, 'subject')
}
