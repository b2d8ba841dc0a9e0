import { ERASED } from '#domain/event-schema.ts'
import type { EventOf } from '#domain/events.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import {
  concerning,
  type Fold,
  type FoldedEvent,
  type Projection,
  table,
} from '../engine/projection.ts'
import { type ContactKind, contactHash } from './contact-hash.ts'

/**
 * By which keyed hashes a customer is found. The hashes stand here and not in events: those are for ever,
 * and who has the key could try numbers on them; these rows go when their customer does.
 */
export type ContactRow = {
  readonly customer_id: string
  readonly kind: ContactKind
  readonly hash: string
}

type WithContacts = EventOf<'CustomerRegistered' | 'CustomerDetailsChanged'>

const kinds: readonly ContactKind[] = ['phone', 'email']

/** What is not said stays as it was; what is cleared, erased or no contact is no row. */
function contactsSaid<Event extends WithContacts>(keyedHash: KeyedHash): Fold<ContactRow, Event> {
  return {
    keys: ({ data }) =>
      kinds
        .filter((kind) => data[kind] !== undefined)
        .map((kind) => ({ customer_id: data.customerId, kind })),
    fold: (_, { data, metadata }: FoldedEvent<Event>, { callingCode }, { kind }) => {
      const said = kind && data[kind]
      if (kind === undefined || said === undefined || said === null || said === ERASED) {
        return undefined
      }
      const { organisation } = metadata
      const hash = contactHash(keyedHash, { organisation, callingCode }, kind, said)
      return hash === undefined ? undefined : { customer_id: data.customerId, kind, hash }
    },
  }
}

function noContact<Event extends { readonly data: { readonly customerId: string } }>(): Fold<
  ContactRow,
  Event
> {
  return {
    keys: ({ data }) => kinds.map((kind) => ({ customer_id: data.customerId, kind })),
    fold: () => undefined,
  }
}

/** Telephone numbers and e-mail addresses of customers, as keyed hashes and nothing else. */
export function crmContacts(keyedHash: KeyedHash): Projection {
  const contact = table<ContactRow>({
    name: 'contact',
    columns: {
      customer_id: { type: 'text' },
      kind: { type: 'text' },
      hash: { type: 'text' },
    },
    key: ['customer_id', 'kind'],
    forgets: true,
    indexes: [['hash', 'customer_id']],
    madeBy: ({ customer_id: id }) => concerning('customer', id),
    on: {
      CustomerRegistered: contactsSaid(keyedHash),
      CustomerDetailsChanged: contactsSaid(keyedHash),
      CustomerDeleted: noContact(),
      // Nor is anybody found by them who is shown to few.
      PersonRestricted: noContact(),
      PersonErased: noContact(),
    },
  })
  return { name: 'crm_contacts', version: 1, tables: [contact] }
}
