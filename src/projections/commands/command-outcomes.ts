import { eventCatalogue } from '#domain/events.ts'
import { type Fold, type FoldedEvent, type Projection, table } from '../engine/projection.ts'

/** What a command wrote to a stream, so that the same command sent again is found before it is decided. */
export type OutcomeRow = {
  readonly command_id: string
  readonly stream: string
  readonly first_revision: number
  readonly last_revision: number
  /** Keyed hash of the command's body; absent when the caller gave no key. */
  readonly body_hash: string | null
  readonly actor: string
  readonly recorded_at: string
}

const written: Fold<OutcomeRow, FoldedEvent> = {
  keys: (event) => [{ command_id: event.metadata.commandId, stream: event.stream }],
  fold: (row, event) => ({
    command_id: event.metadata.commandId,
    stream: event.stream,
    first_revision: row?.first_revision ?? event.revision,
    last_revision: event.revision,
    body_hash: row === undefined ? (event.metadata.bodyHash ?? null) : row.body_hash,
    actor: event.metadata.actor,
    recorded_at: event.metadata.recordedAt,
  }),
}

const outcome = table<OutcomeRow>({
  name: 'outcome',
  columns: {
    command_id: { type: 'text' },
    stream: { type: 'text' },
    first_revision: { type: 'integer' },
    last_revision: { type: 'integer' },
    body_hash: { type: 'text', nullable: true },
    actor: { type: 'text' },
    recorded_at: { type: 'timestamptz' },
  },
  key: ['command_id', 'stream'],
  madeBy: ({ stream }) => (stream === undefined ? undefined : { stream }),
  on: Object.fromEntries(Object.keys(eventCatalogue).map((type) => [type, written])),
})

/**
 * The outcome of every command that wrote something, for ever. Its rows are the same whichever store the log is in:
 * no position stands in them.
 */
export const commandOutcomes: Projection = {
  name: 'command_outcomes',
  version: 2,
  tables: [outcome],
}
