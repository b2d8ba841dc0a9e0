import { z } from 'zod'
import type { Problem, Refusal } from '../problem.ts'
import type { Accepted } from './bulk-command.ts'

/** What became of one command of a bulk; `body` is JSON text. */
export interface Outcome extends Accepted {
  readonly kind: 'accepted' | 'refused' | 'unknown'
}

export const outcomeOut = z
  .strictObject({
    status: z.int().describe('As the command’s own address would have answered.'),
    headers: z
      .record(z.string(), z.string())
      .describe('Those of its answer: `etag`, `location`, `daybook-position` and the like.'),
    body: z
      .looseObject({ success: z.boolean() })
      .describe('The answer itself: what its own address answers, or a problem.'),
  })
  .meta({ id: 'BulkOutcome' })

export const summaryOut = z
  .strictObject({
    commands: z.int(),
    accepted: z.int().describe('Also those that had been accepted before.'),
    replayed: z.int().describe('Of the accepted, those that had been before.'),
    refused: z.int().describe('They changed nothing.'),
    unknown: z
      .int()
      .describe('Without an outcome so far, done or not: send the bulk again with the same keys.'),
  })
  .meta({ id: 'BulkSummary' })

export type Summary = z.output<typeof summaryOut>

/**
 * Without an outcome is also what another request is still at work on: what follows it must not be
 * done before.
 */
export function outcomeOfRefusal(refusal: Refusal, problem: Problem): Outcome {
  const isKnown = problem.status < 500 && problem.code !== 'IDEMPOTENCY_IN_FLIGHT'
  const { retryAfterSeconds: seconds } = refusal
  return {
    kind: isKnown ? 'refused' : 'unknown',
    status: problem.status,
    headers: seconds === undefined ? {} : { 'retry-after': String(Math.ceil(seconds)) },
    body: JSON.stringify(problem),
  }
}

export function summaryOf(outcomes: readonly Outcome[]): Summary {
  const count = (isMeant: (outcome: Outcome) => boolean) => outcomes.filter(isMeant).length
  return {
    commands: outcomes.length,
    accepted: count(({ kind }) => kind === 'accepted'),
    replayed: count(({ headers }) => headers['idempotency-replayed'] === 'true'),
    refused: count(({ kind }) => kind === 'refused'),
    unknown: count(({ kind }) => kind === 'unknown'),
  }
}

/** The whole answer as JSON text: the outcomes' bodies are written already. */
export function writeAnswer(outcomes: readonly Outcome[], summary: Summary): string {
  const data = outcomes.map(
    ({ status, headers, body }) =>
      `{"status":${status},"headers":${JSON.stringify(headers)},"body":${body}}`,
  )
  return `{"success":true,"data":[${data.join(',')}],"meta":${JSON.stringify(summary)}}`
}
