import type { ErasedSubject } from '#domain/crm/customer/erase.ts'
import type { KindOfDocuments } from '#domain/crm/retention.ts'

/** Everything that is a person's beside who they are, as the log tells it up to one of its events. */
export interface DocumentsOfPerson {
  /** The organisation's ordinal of the last event that was looked at. */
  readonly upTo: number
  readonly kinds: readonly KindOfDocuments[]
  /** Accesses with a reason that asked for the customer or any of this by an id. */
  readonly accesses: readonly string[]
  /** What has a key of its own; `since`: the ordinal of the first event that says it is theirs. */
  readonly subjects: readonly (ErasedSubject & { readonly since: number })[]
}

/**
 * Looks for everything of a customer's that the log holds at the moment of the call.
 *
 * @throws NotReadYet when what is looked in does not know all of the log in time.
 */
export type FindDocumentsOfPerson = (
  organisation: string,
  customerId: string,
) => Promise<DocumentsOfPerson>

/**
 * Looks for the other customers who are one person with this one, by whatever chain of links.
 *
 * @throws NotReadYet
 */
export type FindLinkedCustomers = (
  organisation: string,
  customerId: string,
) => Promise<readonly string[]>

/**
 * Looks for the customers and documents behind ids of events, of commands, and of whatever else has no key
 * of its own.
 *
 * @throws NotReadYet
 */
export type FindThingsAsked = (
  organisation: string,
  ids: readonly string[],
) => Promise<readonly string[]>

/** The read model lags, or is being built: to be tried again. */
export class NotReadYet extends Error {
  override readonly name = 'NotReadYet'
  readonly projection: string

  constructor(projection: string) {
    super(`${projection} does not know all of the log yet`)
    this.projection = projection
  }
}
