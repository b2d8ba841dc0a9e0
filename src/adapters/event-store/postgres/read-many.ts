import type { EventReference, StoredEvent } from '#log/event-store.ts'
import { type Run, reading } from './reading.ts'
import { columns, eventRows, storedEvent } from './rows.ts'

const AT_ONCE = 500

/** The named events, in the order asked; those that are not there are left out. */
export async function readMany(
  run: Run,
  references: readonly EventReference[],
): Promise<readonly StoredEvent[]> {
  const found = new Map<string, StoredEvent>()
  const text = `select ${columns} from unnest($1::text[], $2::integer[]) as wanted(s, r)
    cross join lateral (
      select * from log.events where stream = wanted.s collate "C" and revision = wanted.r limit 1
    ) as event`
  for (let i = 0; i < references.length; i += AT_ONCE) {
    const some = references.slice(i, i + AT_ONCE)
    const values = [some.map(({ stream }) => stream), some.map(({ revision }) => revision)]
    const rows = eventRows(await run(reading('many', text, values)))
    for (const event of rows.map(storedEvent)) found.set(keyOf(event), event)
  }
  return references.flatMap((reference) => found.get(keyOf(reference)) ?? [])
}

const keyOf = ({ stream, revision }: EventReference): string => `${revision}@${stream}`
