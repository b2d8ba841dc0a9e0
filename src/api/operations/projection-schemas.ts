import { z } from 'zod'

/** How projections, their rebuilds and verifications are answered; what the engine says besides is left out. */

const place = { position: z.string().nullish(), ordinal: z.int() }
const failure = z.object({
  reason: z.string(),
  at: z.string(),
  event: z
    .object({
      id: z.string(),
      type: z.string(),
      stream: z.string(),
      revision: z.int(),
      ordinal: z.int(),
      position: z.string(),
    })
    .optional(),
})
const tables = z.array(z.object({ table: z.string(), rows: z.int(), findings: z.int() }).readonly())

const rebuild = z.object({
  ...place,
  state: z.string(),
  version: z.int(),
  goal: z.int().optional(),
  eventsPerSecond: z.number(),
  remainingSeconds: z.number().optional(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  failure: failure.optional(),
  compared: z
    .object({ equal: z.boolean(), ordinal: z.int(), tables: tables.readonly() })
    .optional(),
})

export const projectionStatus = z
  .object({
    ...place,
    name: z.string(),
    version: z.int(),
    tablesVersion: z.int().optional(),
    state: z.enum(['live', 'catching_up', 'rebuilding', 'stopped', 'failed']),
    owner: z.string().optional(),
    heartbeat: z.string().optional(),
    head: z.string().optional(),
    lag: z.object({ events: z.int().optional(), seconds: z.number() }),
    waitsFor: z.string().optional(),
    failure: failure.optional(),
    rebuild: rebuild.optional(),
    previous: z.object({ version: z.int(), ordinal: z.int() }).optional(),
  })
  .meta({ id: 'ProjectionStatus' })

export const verifyReport = z
  .object({
    ...place,
    projection: z.string(),
    version: z.int(),
    equal: z.boolean(),
    tables: tables.readonly(),
    findings: z.array(
      z.object({
        table: z.string(),
        key: z.record(z.string(), z.string()).readonly(),
        kind: z.enum(['changed', 'missing', 'unexpected']),
        columns: z
          .array(
            z.object({
              column: z.string(),
              live: z.string().nullable(),
              right: z.string().nullable(),
            }),
          )
          .readonly(),
      }),
    ),
  })
  .meta({ id: 'VerifyReport' })
