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

/** How tables compared with those that were live: counts only. */
const compared = z.object({
  equal: z.boolean(),
  ordinal: z.int(),
  liveVersion: z.int().optional().describe('Of the tables compared with.'),
  notCompared: z
    .array(z.string())
    .readonly()
    .optional()
    .describe('Tables and columns that only one of two versions has.'),
  tables: tables.readonly(),
})

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
  compared: compared.optional(),
})

const state = z.enum(['live', 'catching_up', 'rebuilding', 'stopped', 'failed'])
const lag = z.object({ events: z.int().optional(), seconds: z.number() })

const kept = z.object({
  ...place,
  version: z.int(),
  state,
  waitsFor: z.string().optional(),
  failure: failure.optional(),
  owner: z.string().optional(),
  lag,
  since: z.string(),
  sizeBytes: z.int(),
})

export const projectionStatus = z
  .object({
    ...place,
    name: z.string(),
    version: z.int(),
    tablesVersion: z.int().optional(),
    lacking: z
      .array(z.string())
      .readonly()
      .describe(
        'Columns that this program reads and the live tables lack: such reads are refused.',
      ),
    state,
    owner: z.string().optional(),
    heartbeat: z.string().optional(),
    head: z.string().optional(),
    lag,
    waitsFor: z.string().optional(),
    failure: failure.optional(),
    rebuild: rebuild.optional(),
    kept: kept.optional().describe('What a rollback would bring back.'),
    rolledBackFrom: z.int().optional().describe('Taken back: not built by itself.'),
  })
  .meta({ id: 'ProjectionStatus' })

export const verifyReport = z
  .object({
    ...place,
    projection: z.string(),
    version: z.int(),
    liveVersion: z.int(),
    notCompared: z.array(z.string()).readonly(),
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

export const historyEntry = z
  .object({
    projection: z.string(),
    at: z.string(),
    action: z.enum(['rebuilt', 'failed', 'cancelled', 'rolled_back', 'dropped']),
    by: z
      .string()
      .nullable()
      .describe("The actor; null for the program itself and another organisation's actor."),
    fromVersion: z.int().optional(),
    toVersion: z.int().optional(),
    ordinal: z.int(),
    compared: compared.optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'ProjectionHistoryEntry' })
