import { z } from 'zod'
import { eventPopulation, sampleEvents } from '#projections/log/event-population.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { wholeNumberIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshness, freshnessQuery } from '../reads.ts'
import { answeredRows } from '../access/on-record.ts'
import { eventFilters } from './event-filters.ts'
import { eventOut, eventsOfIndex } from './event-view.ts'
import type { EventReadDeps } from './events.ts'
import { readEvents } from './read-events.ts'

const MAX_SAMPLE = 1000

const ALGORITHM =
  'The events whose SHA-256 of "seed:ordinal" (UTF-8, the organisation’s ordinal in decimal) is smallest, compared byte by byte.'

export const populationOut = z
  .strictObject({
    count: z.string(),
    first: z.string().nullable(),
    last: z.string().nullable(),
    head: z.string().describe('As `known_at` with the same filter it finds the same events again.'),
  })
  .meta({ id: 'Population' })

/** A sample that anybody can draw again from its seed, filter and head. */
export function addEventSample(app: App, { read, sourceFor }: EventReadDeps): void {
  app.get(
    '/api/events/sample',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'Events drawn by a stated seed',
        description: `${ALGORITHM} They are answered in the order of the log.`,
        querystring: z.strictObject({
          seed: z
            .string()
            .min(1)
            .max(100)
            .regex(/^[^\0]*$/),
          size: wholeNumberIn(1, MAX_SAMPLE),
          ...eventFilters,
          ...freshnessQuery,
        }),
        response: {
          200: answer(
            z.array(eventOut),
            z.strictObject({
              ...freshness,
              seed: z.string(),
              size: z.int(),
              algorithm: z.string(),
              population: populationOut,
            }),
          ),
          ...problems,
        },
      },
    },
    async (request) => {
      const { seed, size } = request.query
      const { found, meta } = await readEvents(read, request, async (db, filter) => ({
        population: await eventPopulation(db, filter),
        drawn: await sampleEvents(db, filter, { seed, size }),
      }))
      const data = [...(await eventsOfIndex(sourceFor(request), found.drawn))]
      answeredRows(request, data.length)
      return {
        success: true as const,
        data,
        meta: { ...meta, seed, size, algorithm: ALGORITHM, population: found.population },
      }
    },
  )
}
