import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { type AskIndex, checkAgainstLog, checkCompleteness } from '#projections/log/completeness.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { booleanIn, wholeNumberIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, type Read, readMeta } from '../reads.ts'
import { answeredRows } from '../access/on-record.ts'

export interface CompletenessDeps {
  readonly read: Read
  readonly log: EventStore
  readonly database: Pick<Database, 'query'>
}

/** Events that one request compares with the log. */
const MAX_COMPARED = 100_000
const MAX_ORDINAL = 10 ** 15 - 1

export const findingOut = z.strictObject({
  kind: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})
const completenessOut = z
  .strictObject({
    complete: z.boolean(),
    count: z.string(),
    last: z.string().describe('The last ordinal: the same as `count` when nothing is missing.'),
    types: z.record(z.string(), z.string()).describe('Events of each type.'),
    compared: z
      .strictObject({ from: z.string(), to: z.string() })
      .nullable()
      .describe('Ordinals that were looked up in the log one by one.'),
    findings: z.array(findingOut),
  })
  .meta({ id: 'Completeness' })

/** That nothing of the organisation is missing and nothing there twice, or what and where. */
export function addCompleteness(app: App, { read, log, database }: CompletenessDeps): void {
  app.get(
    '/api/events/completeness',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'Whether ordinals 1 to n are all there, none twice, as the log has them',
        querystring: z.strictObject({
          compare: booleanIn
            .default(false)
            .describe(
              `true: each event is looked up in the log, ${MAX_COMPARED} at most, from \`from\` on.`,
            ),
          from: wholeNumberIn(1, MAX_ORDINAL).default(1),
          ...freshnessQuery,
        }),
        response: { 200: answer(completenessOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { organisation } = callerOf(request)
      const { compare, from } = request.query
      const { meta } = await read(request, 'event_index', async () => undefined)
      const position = (meta.position ?? undefined) as Position | undefined
      const ask: AskIndex = (run) => database.query(organisation, run)
      const place = { position, ordinal: meta.ordinal }
      const checked = await checkCompleteness(ask, log, organisation, place)
      const range = { from: String(from), to: String(from + MAX_COMPARED - 1) }
      const against = compare ? await checkAgainstLog(ask, log, range) : undefined
      const findings = [...checked.findings, ...(against?.findings ?? [])]
      answeredRows(request, Number(checked.count))
      const compared = against === undefined ? null : { from: against.from, to: against.to }
      const complete = findings.length === 0
      return {
        success: true as const,
        data: { ...checked, complete, compared, findings },
        meta,
      }
    },
  )
}
