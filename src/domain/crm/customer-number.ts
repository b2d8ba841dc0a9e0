import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier } from '../event-schema.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// The stream is named by a keyed hash of the number, so that it can hold any text and tells nothing.

export const customerNumberEvents = {
  CustomerNumberClaimed: z.object({ customerId: identifier }),
  CustomerNumberReleased: z.object({ customerId: identifier }),
} as const
export type CustomerNumberEvent = EventsOf<typeof customerNumberEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface CustomerNumber {
  readonly owner?: string
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: CustomerNumber, event: CustomerNumberEvent): CustomerNumber => {
  switch (event.type) {
    case 'CustomerNumberClaimed':
      return { owner: event.data.customerId }
    case 'CustomerNumberReleased':
      return {}
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** Before the customer registers; the owner may claim again after a crash. */
export interface ClaimCustomerNumber {
  readonly type: 'ClaimCustomerNumber'
  readonly customerId: string
}

/** From an owner who never registered and, abandoned, no longer can. */
export interface TakeOverCustomerNumber {
  readonly type: 'TakeOverCustomerNumber'
  readonly from: string
  readonly customerId: string
}

export interface ReleaseCustomerNumber {
  readonly type: 'ReleaseCustomerNumber'
  readonly customerId: string
}

export type CustomerNumberCommand =
  | ClaimCustomerNumber
  | TakeOverCustomerNumber
  | ReleaseCustomerNumber

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (
  command: CustomerNumberCommand,
  state: CustomerNumber,
): readonly CustomerNumberEvent[] => {
  switch (command.type) {
    case 'ClaimCustomerNumber':
      return claim(command, state)
    case 'TakeOverCustomerNumber':
      return takeOver(command, state)
    case 'ReleaseCustomerNumber':
      return release(command, state)
    default:
      return unreachable(command)
  }
}

function claim(
  { customerId }: ClaimCustomerNumber,
  { owner }: CustomerNumber,
): readonly CustomerNumberEvent[] {
  if (owner === customerId) return []
  if (owner !== undefined) throw new Rejection('CUSTOMER_NUMBER_TAKEN', {}, 'number')
  return [{ type: 'CustomerNumberClaimed', data: { customerId } }]
}

function takeOver(
  { from, customerId }: TakeOverCustomerNumber,
  state: CustomerNumber,
): readonly CustomerNumberEvent[] {
  if (state.owner !== from) return claim({ type: 'ClaimCustomerNumber', customerId }, state)
  return [
    { type: 'CustomerNumberReleased', data: { customerId: from } },
    { type: 'CustomerNumberClaimed', data: { customerId } },
  ]
}

function release(
  { customerId }: ReleaseCustomerNumber,
  { owner }: CustomerNumber,
): readonly CustomerNumberEvent[] {
  if (owner !== customerId) return []
  return [{ type: 'CustomerNumberReleased', data: { customerId } }]
}

export const customerNumber: Decider<CustomerNumber, CustomerNumberCommand, CustomerNumberEvent> = {
  category: 'customerNumber',
  stateVersion: 1,
  initial: {},
  evolve,
  decide,
}
