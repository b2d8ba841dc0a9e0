import process from 'node:process'
import {
  type AskIndex,
  checkAccesses,
  checkAgainstLog,
  checkCompleteness,
  type Completeness,
} from '#projections/log/completeness.ts'
import { eventIndex } from '#projections/log/event-index.ts'
import type { Daybook } from '../../composition.ts'
import type { CommandLine } from '../command-line.ts'
import { exitCodes } from '../command-line-error.ts'
import { textTable } from '../table.ts'

export type CheckedOrganisation = Completeness & { readonly organisation: string }

/** Whether the events of every organisation are all there, as far as the index and the record of access have come. */
export async function checkedOrganisations(
  { database, log, engine }: Daybook,
  { compare }: { readonly compare: boolean },
): Promise<readonly CheckedOrganisation[]> {
  const place = await engine.reached(eventIndex.name)
  const found: CheckedOrganisation[] = []
  for (const organisation of await organisationsIn(database)) {
    const ask: AskIndex = (run) => database.query(organisation, run)
    const checked = await checkCompleteness(ask, log, organisation, place)
    const range = { from: '1', to: checked.last }
    const against = compare ? (await checkAgainstLog(ask, log, range)).findings : []
    const record = await ask(checkAccesses)
    const findings = [...checked.findings, ...record.findings, ...against]
    found.push({ organisation, ...checked, complete: findings.length === 0, findings })
  }
  return found
}

async function organisationsIn(database: Daybook['database']): Promise<readonly string[]> {
  const { rows } = await database.engine.query<{ organisation: string }>(
    'select distinct organisation from event_index.event order by organisation',
  )
  return rows.map(({ organisation }) => organisation)
}

/** `daybook log check`: reads the whole log; exit code 1 when anything is missing. */
export async function checkLog(line: CommandLine, daybook: Daybook): Promise<void> {
  const found = await checkedOrganisations(daybook, { compare: true })
  const rows = found.map(({ organisation, count, last, complete, findings }) => [
    organisation,
    count,
    last,
    complete ? 'complete' : `${findings.length} findings`,
  ])
  const findings = found.flatMap((one) =>
    one.findings.map(({ kind, facts }) => `${one.organisation}: ${kind} ${JSON.stringify(facts)}`),
  )
  const table = textTable(['organisation', 'events', 'last', ''], rows)
  line.print(found, [table, ...findings].join('\n'))
  if (findings.length > 0) process.exitCode = exitCodes.failure
}
