import type { Customer, RegisteredCustomer } from '#domain/crm/customer.ts'
import { customer } from '#domain/crm/customer.ts'
import { refuseLeaving } from '#domain/crm/customer/erase.ts'
import { todayIn } from '#domain/dates.ts'
import { type RecordedSale, sale } from '#domain/finance/sale.ts'
import { type Settings, settings } from '#domain/organisation/settings.ts'
import { Rejection } from '#domain/rejection.ts'
import { BoundedCache } from '#log/bounded-cache.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import type { CommandContext, CommandHandler, HandleOptions } from './handler.ts'

/**
 * An operation is what a caller asks for: it gathers facts, then sends commands to one or several
 * aggregates, in such an order that whatever a crash leaves is completed by a repeat. What it is
 * refused for, it is refused for before it touches anything.
 */
export interface OperationDeps {
  readonly handler: CommandHandler
  readonly keyedHash: KeyedHash
  /** By customer, a sale or document that this process recorded: a later one need not be noted on them. */
  readonly recordedFor: BoundedCache<string>
  /** Guesses that save reading; a wrong one costs time and nothing else. */
  readonly expectations: { documentsAreKnown: boolean }
}

export function operationDeps(handler: CommandHandler, keyedHash: KeyedHash): OperationDeps {
  const expectations = { documentsAreKnown: false }
  return { handler, keyedHash, recordedFor: new BoundedCache(20_000), expectations }
}

/** What a caller may leave out. */
export type Optional<T> = { readonly [Field in keyof T]?: T[Field] | undefined }

/** Ids of the aggregates that each organisation has one of. */
export const SETTINGS_ID = 'settings'
export const TIERS_ID = 'tiers'
export const UNMASKINGS_ID = 'unmaskings'

export interface OrganisationFacts {
  readonly settings: Settings
  /** The organisation's day at the moment of the command. */
  readonly today: string
}

export async function organisationFacts(
  { handler }: Pick<OperationDeps, 'handler'>,
  { organisation, now }: CommandContext,
): Promise<OrganisationFacts> {
  const { state } = await handler.load(settings, organisation, SETTINGS_ID)
  return { settings: state, today: dayAt(state.timeZone, now) }
}

let lastDay:
  | { readonly timeZone: string; readonly minute: string; readonly day: string }
  | undefined

/** As `todayIn`, asked many times a minute: no zone's day begins within one. */
function dayAt(timeZone: string, now: string): string {
  const minute = now.slice(0, 'YYYY-MM-DDTHH:MM'.length)
  if (lastDay?.timeZone !== timeZone || lastDay.minute !== minute) {
    lastDay = { timeZone, minute, day: todayIn(timeZone, now) }
  }
  return lastDay.day
}

/** @throws Rejection CUSTOMER_UNKNOWN */
export async function knownCustomer(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
  customerId: string,
  age: 'now' | 'recent' = 'recent',
): Promise<RegisteredCustomer> {
  const load = async (age: 'now' | 'recent'): Promise<Customer> =>
    (await handler.load(customer, organisation, customerId, { age })).state
  const first = await load(age)
  const isThere = first.registration === 'registered' || age === 'now'
  const found = isThere ? first : await load('now')
  if (found.registration === 'registered') return found
  throw new Rejection('CUSTOMER_UNKNOWN', { customerId }, 'customerId')
}

/**
 * As `knownCustomer`, for whom something new may be recorded.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_RESTRICTED, CUSTOMER_ERASED
 */
export async function stayingCustomer(
  deps: Pick<OperationDeps, 'handler'>,
  organisation: string,
  customerId: string,
): Promise<RegisteredCustomer> {
  const found = await knownCustomer(deps, organisation, customerId)
  refuseLeaving(customerId, found)
  return found
}

/** @throws Rejection SALE_UNKNOWN */
export async function knownSale(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
  saleId: string,
): Promise<RecordedSale> {
  const { state } = await handler.load(sale, organisation, saleId, { age: 'now' })
  if (state.status === 'none') throw new Rejection('SALE_UNKNOWN', { saleId }, 'saleId')
  return state
}

/**
 * For what writes to another stream before the one that If-Match is about: what would be refused there
 * is refused before anything is written.
 *
 * @throws Rejection REVISION_MISMATCH
 */
export function refuseOtherRevision(revision: number, { ifRevision }: HandleOptions = {}): void {
  if (ifRevision === undefined || ifRevision === revision) return
  throw new Rejection('REVISION_MISMATCH', { expected: ifRevision, actual: revision })
}

/** Another step of the same command, on a stream that it has written to already. */
export function stepContext(context: CommandContext, commandId: string): CommandContext {
  return { ...context, commandId }
}
