import { type DaybookEvent, eventCatalogue } from '#domain/events.ts'
import { type Fold, type FoldedEvent, madeAt, table } from '../engine/projection.ts'
import { indexedTypes } from './indexed-types.ts'

/** The kinds of things that events concern: what a search or an explanation can begin from. */
export const referenceKinds = [
  'sale',
  'credit_note',
  'bad_debt',
  'customer',
  'wallet',
  'user',
  'commission_tier',
  'api_key',
] as const
export type ReferenceKind = (typeof referenceKinds)[number]

/** One thing that an event concerns. */
export interface Reference {
  readonly kind: ReferenceKind
  readonly id: string
}

type FieldOf<Data> = Data extends unknown ? keyof Data & string : never
type IdField = Extract<
  FieldOf<DaybookEvent['data']>,
  | `${string}Id`
  | 'agent'
  | 'agentBefore'
  | 'invitedBy'
  | 'requestedBy'
  | 'approvedBy'
  | 'rejectedBy'
  | 'actor'
  | 'askedIn'
  | 'emailIds'
  | 'identity'
  | 'subject'
  | 'tier'
>

/**
 * What a field of an event's data names, whichever type the event is of. A new field that ends in `Id`
 * does not compile until somebody has said what it names; null: a part of a document, found by that, or
 * what is found by its stream.
 */
export const fieldNames: { readonly [Field in IdField]: ReferenceKind | null } = {
  saleId: 'sale',
  creditNoteId: 'credit_note',
  badDebtId: 'bad_debt',
  customerId: 'customer',
  walletId: 'wallet',
  agent: 'user',
  agentBefore: 'user',
  actor: 'user',
  requestedBy: 'user',
  approvedBy: 'user',
  rejectedBy: 'user',
  userId: 'user',
  invitedBy: 'user',
  tier: 'commission_tier',
  apiKeyId: 'api_key',
  paymentId: null,
  payoutId: null,
  allocationId: null,
  reversalId: null,
  recoveryId: null,
  partId: null,
  refundId: null,
  linkId: null,
  unmaskingId: null,
  subject: null,
  accessId: null,
  sessionId: null,
  // Of the installation's own events, which no organisation searches.
  askedIn: null,
  emailIds: null,
  identity: null,
}

/** What the origin of customer credit names, by its kind; payments are found by their sale. */
const originNames: Readonly<Record<string, ReferenceKind>> = {
  credit_note: 'credit_note',
  cancellation: 'sale',
}

type Named = readonly [field: string, kind: ReferenceKind]

/** The fields of each event type that name something. */
const named: ReadonlyMap<string, readonly Named[]> = new Map(
  Object.entries(eventCatalogue).map(([type, { shape }]) => [
    type,
    Object.entries(fieldNames).filter(
      (entry): entry is [string, ReferenceKind] => entry[0] in shape && entry[1] !== null,
    ),
  ]),
)

/** Everything that an event concerns, each once. */
export function referencesOf(event: DaybookEvent): readonly Reference[] {
  const data = event.data as Readonly<Record<string, unknown>>
  const found: Reference[] = []
  for (const [field, kind] of named.get(event.type) ?? []) {
    const id = data[field]
    const isNew = !found.some((one) => one.kind === kind && one.id === id)
    if (typeof id === 'string' && isNew) found.push({ kind, id })
  }
  if ('origin' in event.data) {
    const { kind: origin, id } = event.data.origin
    const kind = originNames[origin]
    if (kind !== undefined) found.push({ kind, id })
  }
  return found
}

/** That an event concerns a thing: for each thing, its events in the order of the log. */
export type ReferenceRow = {
  readonly kind: ReferenceKind
  readonly id: string
  readonly organisation_ordinal: string
}

const refers: Fold<ReferenceRow, FoldedEvent> = {
  keys: (event) => {
    const ordinal = String(event.organisationOrdinal)
    return referencesOf(event).map(({ kind, id }) => ({ kind, id, organisation_ordinal: ordinal }))
  },
  fold: (_row, _event, _context, key) => key as ReferenceRow,
}

export const reference = table<ReferenceRow>({
  name: 'reference',
  columns: {
    kind: { type: 'text' },
    id: { type: 'text' },
    organisation_ordinal: { type: 'bigint' },
  },
  key: ['kind', 'id', 'organisation_ordinal'],
  insertOnly: true,
  // What an event concerns.
  indexes: [['organisation_ordinal']],
  madeBy: ({ organisation_ordinal: ordinal }) => madeAt(ordinal),
  on: Object.fromEntries(indexedTypes.map((type) => [type, refers])),
})
