import type { Decider, DomainEvent } from '#domain/decider.ts'
import { sameJson } from '#domain/fields.ts'
import type { DocumentSource } from '#domain/finance/documents.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'

export interface BroughtDocument<Command> {
  readonly id: string
  /** Where it comes from, when it is known there by a number. */
  readonly source: DocumentSource | undefined
  readonly command: Command
  /** The fields by which documents are compared, by event type: what was written on them, no facts of the moment. */
  readonly compared: Readonly<Record<string, readonly string[]>>
  /** What other streams must note before it is recorded. */
  readonly prepare?: () => Promise<void>
}

/**
 * Records a document. One that was brought before, by whomever, has nothing to do and gets the first
 * answer.
 *
 * @throws Rejection DOCUMENT_DIFFERS when it says something else than the one that is recorded, and
 *   what the document itself refuses.
 */
export async function bringDocument<State, Command, Event extends DomainEvent>(
  deps: OperationDeps,
  decider: Decider<State, Command, Event>,
  document: BroughtDocument<Command>,
  context: CommandContext,
): Promise<CommandOutcome<Event>> {
  const { id, source, command, prepare } = document
  if (source !== undefined && deps.expectations.documentsAreKnown) {
    const known = await recordedBefore(deps, decider, document, source, context)
    if (known !== undefined) return known
  }
  try {
    await prepare?.()
  } catch (error) {
    // What is recorded already is not refused to whoever brings it again.
    const known = source && (await recordedBefore(deps, decider, document, source, context))
    if (known === undefined) throw error
    return known
  }
  const outcome = await deps.handler.handle(decider, id, command, context, { isNew: true })
  if (source === undefined) return outcome
  // Documents come in files: where one was known, the next will be, and is looked for first.
  deps.expectations.documentsAreKnown = outcome.events.length === 0
  if (outcome.events.length > 0) return outcome
  return (await recordedBefore(deps, decider, document, source, context)) ?? outcome
}

async function recordedBefore<State, Command, Event extends DomainEvent>(
  { handler }: OperationDeps,
  decider: Decider<State, Command, Event>,
  { id, command, compared }: BroughtDocument<Command>,
  source: DocumentSource,
  context: CommandContext,
): Promise<CommandOutcome<Event> | undefined> {
  const first = await handler.history(decider, context.organisation, id, 10)
  const recorded = first.filter(({ metadata }) => {
    return metadata.commandId === first[0]?.metadata.commandId
  })
  const last = recorded.at(-1)
  if (last === undefined) return undefined
  const said = (events: readonly DomainEvent[]) =>
    events.flatMap(({ type, data }) => {
      const fields = compared[type]
      return fields === undefined ? [] : [[type, chosen(data, fields)]]
    })
  const decided = decider.decide(command, decider.initial)
  if (!sameJson(said(recorded), said(decided)))
    throw new Rejection('DOCUMENT_DIFFERS', { ...source })
  return { events: recorded, revision: last.revision, position: last.position, replayed: true }
}

function chosen(data: object, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)))
}

/** What documents of every kind are compared by. */
export const DOCUMENT_FIELDS = [
  'customerId',
  'saleId',
  'currency',
  'occurredOn',
  'net',
  'tax',
  'gross',
  'taxes',
  'lines',
  'amount',
  'refundMethod',
]
