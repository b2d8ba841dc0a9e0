import type { ErasedSubject, Erasure } from '#domain/crm/customer/erase.ts'
import { type Customer, customer } from '#domain/crm/customer.ts'
import { keptOn } from '#domain/crm/retention.ts'
import { Rejection } from '#domain/rejection.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, organisationFacts, stepContext } from '../operation.ts'
import { coverLinked } from './cover-linked.ts'
import type { DocumentsOfPerson, FindDocumentsOfPerson } from './documents-of-person.ts'
import { reasonsAbout } from './reasons-about.ts'

export interface ErasureDeps extends Pick<OperationDeps, 'handler'> {
  readonly keyRing: Pick<KeyRing, 'destroy' | 'forReading'>
  readonly findDocuments: FindDocumentsOfPerson
}

/** Subjects of one event, and of one call of the key ring. */
const SUBJECTS_AT_ONCE = 2000

/**
 * Brings an agreed erasure of a person, with whichever customers they are, as far as it can come today: whose
 * documents have to be kept, or on whom a legal hold stands, is restricted; whoever else is erased, with every
 * wallet, sale and bad debt that is theirs, and the reasons for which somebody looked at them. Once it returns,
 * the keys of who is erased are destroyed. It is done again at the end of a term, after a crash, and later once
 * more for what was on its way meanwhile; it then does only what is left.
 *
 * @throws NotReadYet
 */
export async function carryOutErasure(
  deps: ErasureDeps,
  customerId: string,
  context: CommandContext,
): Promise<void> {
  const { erasure } = await stateOf(deps, context.organisation, customerId)
  if (erasure === undefined) return
  await coverLinked(deps, customerId, erasure, context)
  for (const id of [customerId, ...erasure.linked]) await carryOutOne(deps, id, context)
}

async function carryOutOne(
  deps: ErasureDeps,
  customerId: string,
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const state = await stateOf(deps, organisation, customerId)
  const { erasure } = state
  if (erasure === undefined || erasure.stage === 'requested') return
  const isHeld =
    state.isHeld === true || (await heldAmong(deps, organisation, erasure.linked)) !== undefined
  // The term, or what is kept, cannot end before the hold does.
  if (isHeld && erasure.stage === 'restricted') return
  const found = await deps.findDocuments(organisation, customerId)
  if (erasure.stage !== 'erased' && (await isRestricted(deps, customerId, found, isHeld, context)))
    return
  await erase(deps, customerId, found, context)
}

/**
 * A legal hold is on the person, whichever of their customers it was placed on.
 *
 * @returns the id of the first of these customers who is held; undefined when none is
 */
export async function heldAmong(
  deps: Pick<OperationDeps, 'handler'>,
  organisation: string,
  customerIds: readonly string[],
): Promise<string | undefined> {
  for (const id of customerIds) {
    if ((await stateOf(deps, organisation, id)).isHeld === true) return id
  }
  return undefined
}

export async function stateOf(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
  customerId: string,
): Promise<{ readonly erasure?: Erasure | undefined; readonly isHeld?: boolean }> {
  const { state }: { readonly state: Customer } = await handler.load(
    customer,
    organisation,
    customerId,
    { age: 'now' },
  )
  return state.registration === 'registered' ? state : {}
}

/** Restricts, and answers true, when something has to be kept or a hold stands. */
async function isRestricted(
  deps: ErasureDeps,
  customerId: string,
  { kinds, upTo }: DocumentsOfPerson,
  isHeld: boolean,
  context: CommandContext,
): Promise<boolean> {
  const { settings, today } = await organisationFacts(deps, context)
  const kept = keptOn(today, kinds, settings.retentionYears)
  if (kept.length === 0 && !isHeld) return false
  const command = { type: 'RestrictPerson', customerId, kept, upTo } as const
  const step = stepContext(context, stepOf(context.commandId, `restrict up to ${upTo}`))
  await deps.handler.handle(customer, customerId, command, step)
  return true
}

async function erase(
  deps: ErasureDeps,
  customerId: string,
  found: DocumentsOfPerson,
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const before = await stateOf(deps, organisation, customerId)
  const { stage, upTo: agreed = -1, shreddedTo = -1 } = before.erasure ?? {}
  const left = [
    ...found.subjects.filter(({ since }) => since > shreddedTo),
    ...(await reasonsAbout(deps, organisation, customerId, found)),
  ]
  const isComplete = stage === 'erased' && shreddedTo >= agreed && left.length === 0
  if (isComplete) return
  if (stage !== 'erased' || shreddedTo >= agreed) {
    // While documents were looked for, one may have been placed on another customer who they are.
    const { linked = [] } = before.erasure ?? {}
    if (stage !== 'erased' && (await heldAmong(deps, organisation, linked)) !== undefined) return
    const command = { type: 'ErasePerson', customerId, upTo: found.upTo } as const
    const step = stepContext(context, stepOf(context.commandId, `erase up to ${found.upTo}`))
    if (!(await wasErased(deps, customerId, command, step))) return
  }
  await shred(deps, customerId, left, context)
}

type ErasePerson = {
  readonly type: 'ErasePerson'
  readonly customerId: string
  readonly upTo: number
}

/** False when a legal hold was placed in this moment: whoever lifts it goes on. */
async function wasErased(
  { handler }: ErasureDeps,
  customerId: string,
  command: ErasePerson,
  context: CommandContext,
): Promise<boolean> {
  try {
    await handler.handle(customer, customerId, command, context)
    return true
  } catch (error) {
    if (error instanceof Rejection && error.code === 'LEGAL_HOLD_STANDS') return false
    throw error
  }
}

/** First the keys, then the event by which rows are cleared: what was folded before it, it clears. */
async function shred(
  deps: ErasureDeps,
  customerId: string,
  subjects: readonly ErasedSubject[],
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const { erasure } = await stateOf(deps, organisation, customerId)
  const upTo = erasure?.upTo ?? 0
  const parts: ErasedSubject[][] = [[]]
  for (const { kind, id } of subjects) {
    if (parts.at(-1)?.length === SUBJECTS_AT_ONCE) parts.push([])
    parts.at(-1)?.push({ kind, id })
  }
  for (const [at, part] of parts.entries()) {
    const ids = at === 0 ? [customerId, ...part.map(({ id }) => id)] : part.map(({ id }) => id)
    await deps.keyRing.destroy(...ids.map((id) => subjectOf(organisation, id)))
    const isLast = at === parts.length - 1
    const command = { type: 'NoteErasedTexts', customerId, subjects: part, upTo, isLast } as const
    const step = stepContext(context, stepOf(context.commandId, `erased texts ${upTo} ${at}`))
    await deps.handler.handle(customer, customerId, command, step)
  }
}
