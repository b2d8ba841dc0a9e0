import type { EventReference, StoredEvent } from '#log/event-store.ts'
import { positionNumber } from './position.ts'
import { type Run, reading } from './reading.ts'
import { columns, eventRows, storedEvent } from './rows.ts'

const AT_ONCE = 500

/** The named events, in the order asked; those that do not fit their reference are left out. */
export async function readMany(
  run: Run,
  references: readonly EventReference[],
): Promise<readonly StoredEvent[]> {
  const found = new Map<string, StoredEvent>()
  const positions = references.flatMap(({ position }) => positionNumber(position) ?? [])
  const text = `select ${columns} from log.events where position = any($1::bigint[])`
  for (let i = 0; i < positions.length; i += AT_ONCE) {
    const rows = eventRows(await run(reading('many', text, [positions.slice(i, i + AT_ONCE)])))
    for (const event of rows.map(storedEvent)) found.set(event.position, event)
  }
  return references.flatMap(({ position, stream, revision }) => {
    const event = found.get(position)
    return event?.stream === stream && event.revision === revision ? [event] : []
  })
}
