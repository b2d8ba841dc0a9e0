import type { RejectionFacts } from '#domain/rejection.ts'

/**
 * What is kept beside the log for auditors: commands that were refused, and sign-ins that failed. It is
 * written behind the answers: recording never waits and never fails.
 */
export interface AuditTrail {
  refused(refusal: Refused): void
  /** The latest first. */
  refusals(search: RefusalSearch): Promise<readonly RefusalRow[]>
  /** Writes what waits, for a few seconds at most. */
  close(): Promise<void>
}

/** Who asked for what, and when. */
export interface TrailEntry {
  /** UTC instant. */
  readonly at: string
  /** Empty when nobody knows who called. */
  readonly organisation: string
  readonly actor: string | null
  readonly role: string | null
  readonly method: string
  /** The route's pattern: `/api/wallets/:id/debits`. */
  readonly route: string
  /** HTTP status of the answer. */
  readonly status: number
  readonly request_id: string | null
}

export interface Refused extends TrailEntry {
  readonly code: string
  readonly command_id: string | null
  /** Keyed hash of the Idempotency-Key. */
  readonly key_hash: string | null
  readonly facts: RejectionFacts | null
  readonly fields: readonly RefusedField[] | null
}

export interface RefusedField {
  readonly in: string
  readonly pointer: string
  readonly code: string
}

/** Where too many came at once, those of the same actor, route and code are counted together. */
export interface RefusalRow extends Refused {
  readonly id: string
  readonly count: string
  /** UTC instant of the last of them. */
  readonly last_at: string
}

export interface RefusalSearch {
  /** Besides its own, what nobody is known to have called. */
  readonly organisation: string
  readonly actor?: string | undefined
  readonly route?: string | undefined
  /** UTC instants: at or after, before. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** An id: what was kept before it. */
  readonly before?: string | undefined
  readonly code?: string | undefined
  readonly commandId?: string | undefined
  readonly keyHash?: string | undefined
  readonly limit: number
}
