import { createHash } from 'node:crypto'
import { isOfAccessRecord } from '#domain/access/access-record.ts'
import type { DaybookEvent } from '#domain/events.ts'
import type { EventMetadata, Position } from '#log/event-store.ts'
import { streamName } from '#log/stream-name.ts'
import {
  evolveContext,
  initialContext,
  type OrganisationContext,
} from '#projections/engine/organisation-context.ts'
import type { Fold, FoldedEvent, Projection, Row } from '#projections/engine/projection.ts'
import { keyText } from '#projections/engine/row-key.ts'

/** An event of a story; what is not told is made up, the same each time. */
export interface Told {
  readonly event: DaybookEvent
  /** Category and id of its stream. Default: a stream of the event's own. */
  readonly stream?: readonly [category: string, id: string]
  readonly organisation?: string
  readonly metadata?: Partial<EventMetadata>
}

/** Events as folds get them: recorded one second after the other, numbered as the log would. */
export function recorded(story: readonly Told[]): readonly FoldedEvent[] {
  const revisions = new Map<string, number>()
  const ordinals = new Map<string, number>()
  const next = (counts: Map<string, number>, name: string, start: number): number => {
    const count = (counts.get(name) ?? start - 1) + 1
    counts.set(name, count)
    return count
  }
  return story.map(({ event, stream, organisation = 'main', metadata }, index) => {
    const [category, id] = stream ?? ['story', `${index}`]
    const name = streamName(category, organisation, id)
    return {
      ...event,
      id: uuidOf(`${organisation} ${index}`),
      stream: name,
      revision: next(revisions, name, 0),
      position: String(index + 1) as Position,
      ordinal: index + 1,
      organisationOrdinal: isOfAccessRecord(name)
        ? (ordinals.get(organisation) ?? 0)
        : next(ordinals, organisation, 1),
      metadata: {
        organisation,
        actor: 'owner',
        recordedAt: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
        commandId: uuidOf(`command ${index}`),
        $correlationId: uuidOf(`correlation ${index}`),
        ...('occurredOn' in event.data ? { occurredOn: event.data.occurredOn } : {}),
        ...metadata,
      },
    }
  })
}

type Tables<R> = Readonly<Record<string, readonly R[]>>

/** The rows of each table after the events, in the order in which they first came to be. */
export function foldInto(
  projection: Projection,
  events: readonly FoldedEvent[],
  contextAt?: (event: FoldedEvent) => OrganisationContext,
): Tables<Row> {
  const tables = foldAll(projection, events, contextAt)
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [name, rows.map(({ row }) => row)]),
  )
}

/** The same with the organisation of each row. */
export function foldAll(
  projection: Projection,
  events: readonly FoldedEvent[],
  contextAt: (event: FoldedEvent) => OrganisationContext = contexts(),
): Tables<{ readonly organisation: string; readonly row: Row }> {
  const tables = projection.tables.map((table) => ({
    table,
    rows: new Map<string, { readonly organisation: string; readonly row: Row }>(),
  }))
  for (const event of events) {
    const context = contextAt(event)
    const { organisation } = event.metadata
    for (const { table, rows } of tables) {
      const fold = table.on[event.type] as Fold<Row, DaybookEvent> | undefined
      for (const key of fold?.keys(event, context) ?? []) {
        const text = keyText(organisation, table.key, key)
        const before = rows.get(text)?.row
        if (table.insertOnly === true && before !== undefined) {
          throw new Error(`${table.name}: ${event.type} writes a row twice: ${JSON.stringify(key)}`)
        }
        const row = fold?.fold(before, event, context, key)
        if (row === undefined) rows.delete(text)
        else rows.set(text, { organisation, row: checked(table.columns, row) })
      }
    }
  }
  return Object.fromEntries(tables.map(({ table, rows }) => [table.name, [...rows.values()]]))
}

/** A row has a value that its table takes for each column, and no other. */
function checked(columns: Projection['tables'][number]['columns'], row: Row): Row {
  const names = Object.keys(columns)
  const extra = Object.keys(row).filter((name) => !names.includes(name))
  if (extra.length > 0) throw new Error(`A row has no column for ${extra.join(', ')}`)
  for (const [name, { type, nullable }] of Object.entries(columns)) {
    const value = row[name]
    const fits =
      value === null
        ? nullable === true
        : type === 'integer'
          ? Number.isSafeInteger(value)
          : type === 'boolean'
            ? typeof value === 'boolean'
            : type === 'jsonb'
              ? typeof value === 'object'
              : typeof value === 'string' && FORMS[type].test(value)
    if (!fits) throw new Error(`Column ${name} (${type}) cannot hold ${JSON.stringify(value)}`)
  }
  return row
}

const FORMS = {
  // PostgreSQL's text cannot hold NUL.
  text: /^[^\0]*$/,
  bigint: /^-?\d{1,18}$/,
  numeric: /^-?\d+(\.\d+)?$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
} as const

function contexts(): (event: FoldedEvent) => OrganisationContext {
  const known = new Map<string, OrganisationContext>()
  return (event) => {
    const { organisation } = event.metadata
    const context = evolveContext(known.get(organisation) ?? initialContext, event)
    known.set(organisation, context)
    return context
  }
}

function uuidOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
