import { z } from 'zod'
import { dayOfFact } from '../dates.ts'
import { type Decider, unreachable } from '../decider.ts'
import {
  amountOf,
  currencyCode,
  type EventsOf,
  identifier,
  impersonal,
  localDate,
  personal,
} from '../event-schema.ts'
import { changes, present } from '../fields.ts'
import { exponentOf } from '../money/currencies.ts'
import { inRange, type Money } from '../money/money.ts'
import { Rejection } from '../rejection.ts'
import { type DeleteCustomer, remove } from './customer/delete.ts'
import {
  decideErasure,
  type Erasable,
  type ErasureCommand,
  evolveErasure,
  refuseLeaving,
} from './customer/erase.ts'
import { erasureEvents } from './customer/erasure-events.ts'
import {
  isSame,
  type NoteCustomerDocument,
  type NoteCustomerSale,
  noteDocument,
  noteSale,
  type ReleaseCustomerDocumentNote,
  type ReleaseCustomerSaleNote,
  releaseDocumentNote,
  releaseSaleNote,
} from './customer/notes.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

export const customerStatus = z.enum(['lead', 'active', 'closed'])
/** Words of our own and no text: what people write could be about the person. */
export const deletionReason = z.enum([
  'entered_by_mistake',
  'duplicate',
  'asked_by_person',
  'no_longer_needed',
])
/** What may stand without a sale and yet belongs to the customer. */
const customerDocument = z.object({
  kind: z.enum(['wallet', 'credit_note', 'bad_debt']),
  id: identifier,
})
const budget = z.object({ amount: amountOf, currency: currencyCode })
const number = impersonal(
  'a number that the organisation gives out, as on its invoices',
  z.string().min(1).max(64),
)
const source = impersonal('a channel, the same for many', z.string().min(1).max(64))
const country = impersonal('a country', z.string().min(1).max(100))
const name = personal('customerId', z.string().min(1).max(200))
const phone = personal('customerId', z.string().min(1).max(40))
const email = personal('customerId', z.string().min(3).max(254))
const note = personal('customerId', z.string().min(1).max(4000))

export const customerEvents = {
  CustomerRegistered: z.object({
    customerId: identifier,
    /** Unique within the organisation; held by a claim. */
    number: number.optional(),
    /** The user who looks after the customer. */
    agent: identifier,
    status: customerStatus,
    /** Where the customer came from, e.g. `digital_card`, `import`. */
    source: source.optional(),
    budget: budget.optional(),
    /** ISO 3166 name or code as the business writes it. */
    country: country.optional(),
    /** Days until the customer's sales are due; absent: the organisation's. */
    paymentTermsDays: z.int().min(0).max(3650).optional(),
    occurredOn: localDate,
    name,
    phone: phone.optional(),
    email: email.optional(),
    note: note.optional(),
  }),
  /** Fields that are absent stay as they were; `null` clears one. */
  CustomerDetailsChanged: z.object({
    customerId: identifier,
    agent: identifier.optional(),
    /** Beside `agent`: who looked after them until then. Absent in events of before it was said. */
    agentBefore: identifier.optional(),
    source: source.nullable().optional(),
    budget: budget.nullable().optional(),
    country: country.nullable().optional(),
    paymentTermsDays: z.int().min(0).max(3650).nullable().optional(),
    name: name.optional(),
    phone: phone.nullable().optional(),
    email: email.nullable().optional(),
    note: note.nullable().optional(),
  }),
  CustomerStatusChanged: z.object({
    customerId: identifier,
    from: customerStatus,
    to: customerStatus,
    /** The sale that closed the customer, where one did. */
    saleId: identifier.optional(),
  }),
  CustomerContacted: z.object({
    customerId: identifier,
    contactedOn: localDate,
    saleId: identifier.optional(),
  }),
  /** The customer's first sale is about to be recorded; deletion knows of it from here on. */
  CustomerSaleNoted: z.object({ customerId: identifier, saleId: identifier }),
  /** The noted sale was never recorded. */
  CustomerSaleNoteReleased: z.object({ customerId: identifier, saleId: identifier }),
  /** As `CustomerSaleNoted`, of a wallet, or of a document that names no sale. */
  CustomerDocumentNoted: z.object({ customerId: identifier, document: customerDocument }),
  /** The noted document was never recorded. */
  CustomerDocumentNoteReleased: z.object({ customerId: identifier, document: customerDocument }),
  /** The registration claimed a number and never came; it can no longer come. */
  CustomerRegistrationAbandoned: z.object({ customerId: identifier }),
  /** Nothing of them was in the books. The intention: their key is destroyed because of it, and their number free. */
  CustomerDeleted: z.object({
    customerId: identifier,
    /** Who looked after them. */
    agent: identifier,
    reason: deletionReason,
  }),
  ...erasureEvents,
} as const
export type CustomerEvent = EventsOf<typeof customerEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Nothing personal.

export type CustomerStatus = z.output<typeof customerStatus>
export type DeletionReason = z.output<typeof deletionReason>
export type CustomerDocument = z.output<typeof customerDocument>

export type Customer =
  | { readonly registration: 'none' | 'abandoned' }
  /** Their number is to be released. */
  | { readonly registration: 'deleted'; readonly number?: string | undefined }
  | ({ readonly registration: 'registered' } & RegisteredCustomer)

export interface RegisteredCustomer extends Erasable {
  readonly status: CustomerStatus
  readonly number?: string | undefined
  readonly details: Details
  readonly contactedOn?: string
  /** The last sale that closed the customer. */
  readonly closedBy?: string
  /** True once one of their sales is known to be recorded. */
  readonly hasSale: boolean
  /** Until then: sales that are about to be recorded. */
  readonly notedSales: readonly string[]
  /** Wallets and documents without a sale that are recorded, or about to be. */
  readonly notedDocuments: readonly CustomerDocument[]
}

interface Details {
  readonly agent: string
  readonly source?: string | null | undefined
  readonly budget?: z.output<typeof budget> | null | undefined
  readonly country?: string | null | undefined
  readonly paymentTermsDays?: number | null | undefined
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: Customer, event: CustomerEvent): Customer => {
  if (event.type === 'CustomerRegistered') return registered(event.data)
  if (event.type === 'CustomerRegistrationAbandoned') return { registration: 'abandoned' }
  return state.registration === 'registered' ? evolveRegistered(state, event) : state
}

type Registered = Extract<Customer, { readonly registration: 'registered' }>
type Data<Type extends CustomerEvent['type']> = Extract<
  CustomerEvent,
  { readonly type: Type }
>['data']

function registered(data: Data<'CustomerRegistered'>): Customer {
  const { status, number, agent, source, budget, country, paymentTermsDays } = data
  return {
    registration: 'registered',
    status,
    number,
    details: { agent, source, budget, country, paymentTermsDays },
    hasSale: false,
    notedSales: [],
    notedDocuments: [],
  }
}

type LaterEvent = Exclude<
  CustomerEvent,
  { readonly type: 'CustomerRegistered' | 'CustomerRegistrationAbandoned' }
>

function evolveRegistered(state: Registered, event: LaterEvent): Customer {
  switch (event.type) {
    case 'CustomerDetailsChanged': {
      const { agent, source, budget, country, paymentTermsDays } = event.data
      const changed = present({ agent, source, budget, country, paymentTermsDays })
      return { ...state, details: { ...state.details, ...changed } as Details }
    }
    case 'CustomerStatusChanged': {
      const { to, saleId } = event.data
      const closedBy = to === 'closed' && saleId !== undefined ? { closedBy: saleId } : {}
      return soldTo({ ...state, status: to, ...closedBy }, saleId)
    }
    case 'CustomerContacted':
      return soldTo({ ...state, contactedOn: event.data.contactedOn }, event.data.saleId)
    case 'CustomerSaleNoted':
      return { ...state, notedSales: [...state.notedSales, event.data.saleId] }
    case 'CustomerSaleNoteReleased': {
      const notedSales = state.notedSales.filter((id) => id !== event.data.saleId)
      return { ...state, notedSales }
    }
    case 'CustomerDocumentNoted':
      return { ...state, notedDocuments: [...state.notedDocuments, event.data.document] }
    case 'CustomerDocumentNoteReleased': {
      const { document } = event.data
      const notedDocuments = state.notedDocuments.filter((noted) => !isSame(noted, document))
      return { ...state, notedDocuments }
    }
    case 'CustomerDeleted':
      return { registration: 'deleted', number: state.number }
    case 'ErasureRequested':
    case 'ErasureApproved':
    case 'ErasureRejected':
    case 'PersonRestricted':
    case 'LegalHoldPlaced':
    case 'LegalHoldLifted':
    case 'PersonErased':
    case 'PersonalTextsErased':
      return { ...state, ...evolveErasure(state, event) }
    default:
      return state
  }
}

/** A fact that names a sale proves that it was recorded: notes are needed no longer. */
function soldTo(state: Registered, saleId: string | undefined): Registered {
  return saleId === undefined ? state : { ...state, hasSale: true, notedSales: [] }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** The number, where there is one, was claimed before. */
export interface RegisterCustomer {
  readonly type: 'RegisterCustomer'
  readonly customerId: string
  readonly number?: string | undefined
  readonly agent: string
  readonly status: CustomerStatus
  readonly source?: string | undefined
  readonly budget?: Money | undefined
  readonly country?: string | undefined
  readonly paymentTermsDays?: number | undefined
  readonly occurredOn: string
  readonly today: string
  readonly name: string
  readonly phone?: string | undefined
  readonly email?: string | undefined
  readonly note?: string | undefined
}

/** What is absent stays; `null` clears. */
export interface ChangeCustomerDetails {
  readonly type: 'ChangeCustomerDetails'
  readonly customerId: string
  readonly agent?: string | undefined
  readonly source?: string | null | undefined
  readonly budget?: Money | null | undefined
  readonly country?: string | null | undefined
  readonly paymentTermsDays?: number | null | undefined
  readonly name?: string | undefined
  readonly phone?: string | null | undefined
  readonly email?: string | null | undefined
  readonly note?: string | null | undefined
}

export interface ChangeCustomerStatus {
  readonly type: 'ChangeCustomerStatus'
  readonly customerId: string
  readonly to: CustomerStatus
}

/** A sale of theirs was recorded: they are won, and were in contact on that day. */
export interface CloseCustomerBySale {
  readonly type: 'CloseCustomerBySale'
  readonly customerId: string
  readonly saleId: string
  readonly occurredOn: string
}

/** A registration that claimed a number and did not come: it shall never come. */
export interface AbandonCustomerRegistration {
  readonly type: 'AbandonCustomerRegistration'
  readonly customerId: string
}

export type CustomerCommand =
  | RegisterCustomer
  | ChangeCustomerDetails
  | ChangeCustomerStatus
  | NoteCustomerSale
  | ReleaseCustomerSaleNote
  | CloseCustomerBySale
  | AbandonCustomerRegistration
  | NoteCustomerDocument
  | ReleaseCustomerDocumentNote
  | DeleteCustomer
  | ErasureCommand

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: CustomerCommand, state: Customer): readonly CustomerEvent[] => {
  switch (command.type) {
    case 'RegisterCustomer':
      return register(command, state)
    case 'ChangeCustomerDetails':
      return changeDetails(command, staying(command, state))
    case 'ChangeCustomerStatus':
      return changeStatus(command, staying(command, state))
    case 'NoteCustomerSale':
      return noteSale(command, staying(command, state))
    case 'ReleaseCustomerSaleNote':
      return releaseSaleNote(command, known(command, state))
    case 'CloseCustomerBySale':
      return closeBySale(command, known(command, state))
    case 'AbandonCustomerRegistration':
      return abandon(command, state)
    case 'NoteCustomerDocument':
      return noteDocument(command, staying(command, state))
    case 'ReleaseCustomerDocumentNote':
      return releaseDocumentNote(command, known(command, state))
    case 'DeleteCustomer':
      return remove(command, known(command, state))
    case 'RequestErasure':
    case 'ApproveErasure':
    case 'RejectErasure':
    case 'RestrictPerson':
    case 'ErasePerson':
    case 'NoteErasedTexts':
    case 'PlaceLegalHold':
    case 'LiftLegalHold':
      return decideErasure(command, known(command, state))
    default:
      return unreachable(command)
  }
}

function known({ customerId }: CustomerCommand, state: Customer): Registered {
  if (state.registration === 'registered') return state
  throw new Rejection('CUSTOMER_UNKNOWN', { customerId }, 'customerId')
}

/** A customer of whom more may be recorded: neither erased nor about to be. */
function staying(command: CustomerCommand, state: Customer): Registered {
  const found = known(command, state)
  refuseLeaving(command.customerId, found)
  return found
}

function register(command: RegisterCustomer, state: Customer): readonly CustomerEvent[] {
  const { type: _, today, budget, ...fields } = command
  if (state.registration === 'registered') {
    if (state.erasure?.stage !== 'erased') return []
    throw new Rejection('CUSTOMER_ERASED', { customerId: command.customerId })
  }
  if (state.registration === 'abandoned') {
    throw new Rejection('CUSTOMER_REGISTRATION_ABANDONED', { customerId: command.customerId })
  }
  if (state.registration === 'deleted') {
    throw new Rejection('CUSTOMER_DELETED', { customerId: command.customerId })
  }
  dayOfFact(command.occurredOn, today)
  const data = present({ ...fields, budget: budget && budgetOf(budget) })
  return [{ type: 'CustomerRegistered', data }]
}

function changeDetails(
  command: ChangeCustomerDetails,
  state: Registered,
): readonly CustomerEvent[] {
  const { customerId, agent, source, country, paymentTermsDays, name, phone, email, note } = command
  const budget = command.budget && budgetOf(command.budget)
  const open = changes({ agent, source, budget, country, paymentTermsDays }, state.details)
  const handedOver = open.agent === undefined ? {} : { agentBefore: state.details.agent }
  // What is personal is not kept in the state, so that it counts as changed whenever it is given.
  const data = { ...open, ...handedOver, ...present({ name, phone, email, note }) }
  if (Object.keys(data).length === 0) return []
  return [{ type: 'CustomerDetailsChanged', data: { customerId, ...data } }]
}

function budgetOf({ amount, currency }: Money): z.output<typeof budget> {
  if (amount < 0n) throw new Rejection('AMOUNT_NEGATIVE', {}, 'budget')
  exponentOf(currency, 'budget')
  return { amount: String(inRange(amount, currency, 'budget')), currency }
}

function changeStatus(
  { customerId, to }: ChangeCustomerStatus,
  { status }: Registered,
): readonly CustomerEvent[] {
  if (status === to) return []
  return [{ type: 'CustomerStatusChanged', data: { customerId, from: status, to } }]
}

function closeBySale(command: CloseCustomerBySale, state: Registered): readonly CustomerEvent[] {
  const { customerId, saleId, occurredOn } = command
  // The customer may have been opened again since: a repeat must not close them a second time.
  if (state.closedBy === saleId) return []
  const events: CustomerEvent[] = []
  if (state.status !== 'closed') {
    const data = { customerId, from: state.status, to: 'closed', saleId } as const
    events.push({ type: 'CustomerStatusChanged', data })
  }
  if (state.contactedOn === undefined || state.contactedOn < occurredOn) {
    const data = { customerId, contactedOn: occurredOn, saleId }
    events.push({ type: 'CustomerContacted', data })
  }
  return events
}

function abandon(
  { customerId }: AbandonCustomerRegistration,
  state: Customer,
): readonly CustomerEvent[] {
  if (state.registration !== 'none') return []
  return [{ type: 'CustomerRegistrationAbandoned', data: { customerId } }]
}

export const customer: Decider<Customer, CustomerCommand, CustomerEvent> = {
  category: 'customer',
  stateVersion: 4,
  initial: { registration: 'none' },
  evolve,
  decide,
}
