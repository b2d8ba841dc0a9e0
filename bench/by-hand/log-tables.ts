import type pg from 'pg'
import { schemaOf } from './connect.ts'
import { copyAll, field } from './copy-out.ts'
import type { LogEvent } from './log.ts'

/** The line of an event in `event_index.event`. */
export function eventLine(event: LogEvent): string {
  const { ordinal, number, id, stream, revision, type, data, metadata } = event
  const { organisation, actor, $correlationId, commandId, recordedAt } = metadata
  const category = stream.slice(0, stream.indexOf('-'))
  const kind = actor.startsWith('process:') ? 'process' : importOrPerson(actor)
  // The organisation of the bench keeps its clock in UTC.
  const minute = Number(recordedAt.slice(11, 13)) * 60 + Number(recordedAt.slice(14, 16))
  const amount: string | undefined = data.gross ?? data.amount
  const currency = amount === undefined ? undefined : data.currency
  return `${organisation}\t${ordinal}\t${number}\t${id}\t${stream}\t${category}\t${revision}\t${type}\t${actor}\t${kind}\t${$correlationId}\t${field(metadata.$causationId)}\t${commandId}\t${recordedAt}\t${recordedAt.slice(0, 10)}\t${minute}\t${field(metadata.occurredOn)}\t${field(amount)}\t${field(currency)}\n`
}

function importOrPerson(actor: string): string {
  return actor.startsWith('cli:') || actor === 'sample' ? 'import' : 'person'
}

/** The lines of an event in `event_index.reference`: one for each thing that it concerns. */
export function referenceLines({ number, data, metadata }: LogEvent): string {
  const { saleId, creditNoteId, customerId, agent, tier } = data
  const origin = data['origin'] as { readonly kind: string; readonly id: string } | undefined
  let lines = ''
  const add = (kind: string, id: unknown): void => {
    if (id !== undefined) lines += `${metadata.organisation}\t${kind}\t${field(id)}\t${number}\n`
  }
  add('sale', saleId)
  add('credit_note', creditNoteId ?? (origin?.kind === 'credit_note' ? origin.id : undefined))
  add('customer', customerId)
  add('user', agent)
  add('commission_tier', tier)
  return lines
}

interface Outcome {
  readonly first: LogEvent
  last: LogEvent
}

/** `command_outcomes.outcome`: one row for all events of a command in one stream. */
export class Outcomes {
  readonly #outcomes = new Map<string, Outcome>()

  fold(event: LogEvent): void {
    const key = `${event.metadata.organisation}\t${event.metadata.commandId}\t${event.stream}`
    const outcome = this.#outcomes.get(key)
    if (outcome === undefined) this.#outcomes.set(key, { first: event, last: event })
    else outcome.last = event
  }

  async finish(client: pg.Client): Promise<void> {
    const lines = this.#outcomes
      .entries()
      .map(
        ([key, { first, last }]) =>
          `${key}\t${first.revision}\t${last.revision}\t${field(first.metadata.bodyHash)}\t${last.metadata.actor}\t${last.metadata.recordedAt}\n`,
      )
    await copyAll(client, `${schemaOf('command_outcomes')}.outcome`, lines)
  }
}
