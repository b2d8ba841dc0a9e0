import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier } from '../event-schema.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

/** Words of our own and no text: what people write could be about the person. */
export const linkReason = z.enum(['same_contact', 'said_by_person', 'known_to_staff'])
export const unlinkReason = z.enum(['linked_by_mistake', 'asked_by_person'])

/** One event for each customer of a link: whatever concerns a customer names them in a field of its own. */
export const personLinkEvents = {
  /** This customer and the others of the link are one person. */
  CustomerLinked: z.object({ linkId: identifier, customerId: identifier, reason: linkReason }),
  CustomerUnlinked: z.object({ linkId: identifier, customerId: identifier, reason: unlinkReason }),
} as const
export type PersonLinkEvent = EventsOf<typeof personLinkEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export type LinkReason = z.output<typeof linkReason>
export type UnlinkReason = z.output<typeof unlinkReason>

export interface PersonLink {
  /** `ended` never holds again: who is one person after all gets a new link. */
  readonly status: 'none' | 'holds' | 'ended'
  readonly customerIds: readonly string[]
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: PersonLink, event: PersonLinkEvent): PersonLink => {
  const others = state.customerIds.filter((id) => id !== event.data.customerId)
  switch (event.type) {
    case 'CustomerLinked':
      return { status: 'holds', customerIds: [...others, event.data.customerId] }
    case 'CustomerUnlinked':
      return { status: 'ended', customerIds: others }
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export interface LinkCustomers {
  readonly type: 'LinkCustomers'
  readonly linkId: string
  /** All of them, who are known; each once or more. */
  readonly customerIds: readonly string[]
  readonly reason: LinkReason
}

/** They are not one person by this link any more; other links stay. */
export interface UnlinkCustomers {
  readonly type: 'UnlinkCustomers'
  readonly linkId: string
  readonly reason: UnlinkReason
}

export type PersonLinkCommand = LinkCustomers | UnlinkCustomers

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: PersonLinkCommand, state: PersonLink): readonly PersonLinkEvent[] => {
  switch (command.type) {
    case 'LinkCustomers':
      return link(command, state)
    case 'UnlinkCustomers':
      return unlink(command, state)
    default:
      return unreachable(command)
  }
}

function link(
  { linkId, customerIds, reason }: LinkCustomers,
  { status }: PersonLink,
): readonly PersonLinkEvent[] {
  if (status !== 'none') return []
  const different = [...new Set(customerIds)]
  if (different.length < 2) throw new Rejection('LINK_OF_ONE', {}, 'customerIds')
  return different.map((customerId) => ({
    type: 'CustomerLinked',
    data: { linkId, customerId, reason },
  }))
}

function unlink(
  { linkId, reason }: UnlinkCustomers,
  { status, customerIds }: PersonLink,
): readonly PersonLinkEvent[] {
  if (status === 'none') throw new Rejection('LINK_UNKNOWN', { linkId })
  return customerIds.map((customerId) => ({
    type: 'CustomerUnlinked',
    data: { linkId, customerId, reason },
  }))
}

/** That several customers are one person, as somebody said. Who is one with whom follows from all links. */
export const personLink: Decider<PersonLink, PersonLinkCommand, PersonLinkEvent> = {
  category: 'personLink',
  stateVersion: 1,
  initial: { status: 'none', customerIds: [] },
  evolve,
  decide,
}
