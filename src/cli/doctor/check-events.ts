import { accesses } from '#projections/access/accesses.ts'
import { eventIndex } from '#projections/log/event-index.ts'
import type { Daybook } from '../../composition.ts'
import { checkedOrganisations } from '../commands/log-check.ts'
import { type Finding, failure, ok } from './check.ts'

/** Whether events are missing, by the index and the end of the log: quick, however long the log is. */
export async function checkEvents(daybook: Daybook): Promise<readonly Finding[]> {
  const status = await daybook.engine.status()
  const isBuilt = [eventIndex, accesses].every(({ name: wanted }) =>
    status.some(({ name, tablesVersion }) => name === wanted && tablesVersion !== undefined),
  )
  if (!isBuilt) return []
  const found = await checkedOrganisations(daybook, { compare: false })
  return found.map(({ organisation, count, findings: [first] }) =>
    first === undefined
      ? ok('events', `${organisation}: ${Number(count).toLocaleString('en')} events, none missing`)
      : failure(
          'events',
          `${organisation}: ${first.kind} ${JSON.stringify(first.facts)}. daybook log check names all; an index is mended by daybook projections rebuild ${eventIndex.name}`,
        ),
  )
}
