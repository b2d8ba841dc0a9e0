import { z } from 'zod'
import { roles } from '#domain/identity/roles.ts'
import { parseAmount } from '#domain/money/money.ts'
import { Rejection, type RejectionFacts } from '#domain/rejection.ts'
import { actorKinds } from '#log/actor-kind.ts'
import type { EventFilter, OutOfHours } from '#projections/log/event-filter.ts'
import type { Reference } from '#projections/log/reference.ts'
import { ApiError, type MessageCode } from '../errors.ts'
import {
  booleanIn,
  currencyIn,
  dayIn,
  eventTypeIn,
  idIn,
  instantIn,
  wholeNumberIn,
} from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { accountOf } from '../ledger/accounts.ts'
import { written } from '../written.ts'

const MAX_STREAM_NAME = 300
const MAX_LATE_DAYS = 36_500
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const CLOCK = '([01]\\d|2[0-3]):([0-5]\\d)'
const HOURS = new RegExp(`^${CLOCK}-${CLOCK}$`)
const MINUTES_OF_DAY = 24 * 60

const listOf = <Item extends z.ZodType<string, string>>(item: Item, most: number) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(item).max(most))

/** By what events are searched, sampled and exported: everything that is named must hold. */
export const eventFilters = {
  stream: z.string().max(MAX_STREAM_NAME).optional(),
  category: z
    .string()
    .max(64)
    .optional()
    .describe('The part of a stream’s name before the hyphen.'),
  type: listOf(eventTypeIn, 50).optional().describe('One type or several, with commas.'),
  actor: idIn.optional(),
  actor_kind: listOf(z.enum(actorKinds), actorKinds.length)
    .optional()
    .describe('`person`: manual; `process`: a reaction; `import`: the command line.'),
  role: listOf(z.enum(roles), roles.length)
    .optional()
    .describe('What the actor was to the organisation then: one role or several.'),
  session: idIn.optional().describe('The session in which the actor had signed in.'),
  approver: idIn.optional().describe('Approvals that this actor gave.'),
  correlation: idIn.optional(),
  causation: idIn.optional(),
  command: idIn.optional(),
  from: instantIn.optional().describe('Recorded at or after.'),
  to: instantIn.optional().describe('Recorded before.'),
  occurred_from: dayIn.optional(),
  occurred_to: dayIn.optional(),
  late_days: wholeNumberIn(0, MAX_LATE_DAYS)
    .optional()
    .describe('Recorded more than so many days after it happened, by the organisation’s calendar.'),
  late_month: booleanIn.optional().describe('true: recorded in a later month than it happened in.'),
  out_of_hours: written(HOURS, '08:00-18:00')
    .optional()
    .describe(
      'Recorded outside these hours, or on one of `days_off`, by the organisation’s clock as it was set then: `08:00-18:00`. The later hour is outside.',
    ),
  days_off: listOf(z.enum(DAYS), 7)
    .optional()
    .describe('`fri,sat`; without `out_of_hours` recorded on one of these days at any hour.'),
  amount_from: z.string().max(40).optional().describe('In major units of `currency`, included.'),
  amount_to: z.string().max(40).optional(),
  currency: currencyIn.optional(),
  document: idIn
    .optional()
    .describe('Id of a sale, credit note or write-off; or `document_number`.'),
  document_number: idIn.optional().describe('The number that it had where it came from.'),
  customer: idIn.optional(),
  wallet: idIn.optional(),
  user: idIn.optional().describe('The agent whom the event concerns.'),
  account: idIn.optional().describe('Code or key of an account that the event posts to.'),
  ...knownAtQuery,
}
const asked = z.object(eventFilters)
export type AskedEvents = z.output<typeof asked>

/** @throws ApiError REQUEST_INVALID, Rejection ACCOUNT_UNKNOWN */
export function filterOf(query: AskedEvents): EventFilter {
  const { currency, account } = query
  return {
    stream: query.stream,
    category: query.category,
    types: query.type,
    actor: query.actor,
    actorKinds: query.actor_kind,
    roles: query.role,
    sessionId: query.session,
    approver: query.approver,
    correlationId: query.correlation,
    causationId: query.causation,
    commandId: query.command,
    recordedFrom: query.from,
    recordedBefore: query.to,
    occurredFrom: query.occurred_from,
    occurredTo: query.occurred_to,
    lateDays: query.late_days,
    lateMonth: query.late_month,
    outOfHours: outOfHoursOf(query),
    amountFrom: amountOf(query.amount_from, currency, 'amount_from'),
    amountTo: amountOf(query.amount_to, currency, 'amount_to'),
    currency,
    concerns: concernsOf(query),
    documentId: query.document,
    documentNumber: query.document_number,
    account: account === undefined ? undefined : accountOf(account).code,
  }
}

function concernsOf({ customer, wallet, user }: AskedEvents): readonly Reference[] {
  const things = { customer, wallet, user }
  return Object.entries(things).flatMap(([kind, id]) =>
    id === undefined ? [] : [{ kind: kind as keyof typeof things, id }],
  )
}

function outOfHoursOf({ out_of_hours: hours, days_off: days = [] }: AskedEvents) {
  if (hours === undefined && days.length === 0) return undefined
  const [, ...clock] = HOURS.exec(hours ?? '') ?? []
  const [fromHour = 0, fromMinute = 0, toHour = 24, toMinute = 0] = clock.map(Number)
  const found: OutOfHours = {
    from: fromHour * 60 + fromMinute,
    to: toHour * 60 + toMinute,
    daysOff: days.map((day) => DAYS.indexOf(day) + 1),
  }
  // From midnight to midnight is the whole day.
  return found.to === 0 ? { ...found, to: MINUTES_OF_DAY } : found
}

function amountOf(text: string | undefined, currency: string | undefined, field: string) {
  if (text === undefined) return undefined
  if (currency === undefined) throw badField('currency', 'FIELD_REQUIRED')
  try {
    return String(parseAmount(text, currency))
  } catch (error) {
    throw error instanceof Rejection ? badField(field, error.code, error.facts) : error
  }
}

function badField(field: string, code: MessageCode, facts: RejectionFacts = {}): ApiError {
  const found = { in: 'query', pointer: `/${field}`, code, facts: { field, ...facts } } as const
  return new ApiError('REQUEST_INVALID', {}, [found])
}
