import type { ErasedSubject } from '#domain/crm/customer/erase.ts'
import { unmaskings } from '#domain/identity/unmaskings.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, UNMASKINGS_ID } from '../operation.ts'
import type { ErasureDeps } from './carry-out-erasure.ts'
import type { DocumentsOfPerson, FindThingsAsked } from './documents-of-person.ts'

export interface ReasonsDeps extends Pick<OperationDeps, 'handler'> {
  readonly keyRing: Pick<KeyRing, 'forReading'>
}

/**
 * Why somebody looked at a customer, or at what is theirs, and why it was unmasked: such texts may be about
 * the person. They stand in no order of the books, so that what is left of them is known by the keys that
 * still open one.
 */
export async function reasonsAbout(
  { handler, keyRing }: ReasonsDeps,
  organisation: string,
  customerId: string,
  { accesses, subjects }: DocumentsOfPerson,
): Promise<readonly ErasedSubject[]> {
  const theirs = new Set([customerId, ...subjects.map(({ id }) => id)])
  const { state } = await handler.load(unmaskings, organisation, UNMASKINGS_ID, { age: 'now' })
  const granted = Object.entries(state.granted).filter(([, one]) => theirs.has(one.subject ?? ''))
  const found: readonly ErasedSubject[] = [
    ...accesses.map((id) => ({ kind: 'access', id }) as const),
    ...granted.map(([id]) => ({ kind: 'unmasking', id }) as const),
  ]
  const keys = await keyRing.forReading(found.map(({ id }) => subjectOf(organisation, id)))
  return found.filter(({ id }) => {
    const key = keys.get(subjectOf(organisation, id))
    return key !== undefined && key !== 'erased'
  })
}

/** Whether any of these ids is of somebody, or of something of theirs, whose key was destroyed. */
export async function isOfErased(
  keyRing: Pick<KeyRing, 'forReading'>,
  organisation: string,
  ids: readonly string[],
): Promise<boolean> {
  if (ids.length === 0) return false
  const keys = await keyRing.forReading(ids.map((id) => subjectOf(organisation, id)))
  return [...keys.values()].includes('erased')
}

export interface AskedDeps {
  readonly keyRing: Pick<KeyRing, 'forReading'>
  readonly findAsked: FindThingsAsked
}

/**
 * Whether any of these ids, whatever they are of, leads to somebody whose key was destroyed. What has a key
 * says so itself; whose the others are is looked up.
 *
 * @throws NotReadYet
 */
export async function leadsToErased(
  { keyRing, findAsked }: AskedDeps,
  organisation: string,
  ids: readonly string[],
): Promise<boolean> {
  const keys = await keyRing.forReading(ids.map((id) => subjectOf(organisation, id)))
  if ([...keys.values()].includes('erased')) return true
  const others = ids.filter((id) => !keys.has(subjectOf(organisation, id)))
  if (others.length === 0) return false
  return isOfErased(keyRing, organisation, await findAsked(organisation, others))
}

/**
 * Makes unreadable why somebody looked at a customer who is deleted. Safe to repeat.
 *
 * @throws NotReadYet
 */
export async function forgetReasonsAbout(
  deps: ErasureDeps,
  customerId: string,
  { organisation }: CommandContext,
): Promise<void> {
  const found = await deps.findDocuments(organisation, customerId)
  const reasons = await reasonsAbout(deps, organisation, customerId, found)
  if (reasons.length === 0) return
  await deps.keyRing.destroy(...reasons.map(({ id }) => subjectOf(organisation, id)))
}
