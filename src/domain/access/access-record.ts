import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier, impersonal, millisecond, personal } from '../event-schema.ts'

/**
 * Who looked at what. A record is of one organisation and one month, by UTC, and is counted by the
 * revisions of its stream: accesses stand in no order of the books, so that reading changes nothing of
 * what is read.
 */

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

/** Read in the log; exported from it; a figure explained from it; personal data shown unmasked. */
export const accessKinds = ['read', 'export', 'explain', 'unmask'] as const
export type AccessKind = (typeof accessKinds)[number]

const asked = z.object({
  name: z.string().regex(/^[A-Za-z_]{1,64}$/),
  value: impersonal('what is not of a form of ours is hidden before', z.string().max(300)),
})

export const accessEvents = {
  RecordsAccessed: z.object({
    accessId: identifier,
    /** `several`: accesses of more kinds, callers and routes than are counted apart. */
    kind: z.enum([...accessKinds, 'several']),
    /** UTC instants: of the first and of the last of those that are counted together. */
    at: millisecond,
    lastAt: millisecond,
    /** 1, or how many there were when they came too densely to be kept one by one. */
    count: z.int().min(1),
    /** What follows is absent, and `method` and `route` are `*`, where several are counted together. */
    role: z
      .string()
      .regex(/^[a-z]{1,32}$/)
      .optional(),
    callerKind: z.enum(['person', 'machine', 'installation']).optional(),
    sessionId: identifier.optional(),
    method: z.string().regex(/^([A-Z]{3,10}|\*)$/),
    route: impersonal('a pattern that the program declares', z.string().min(1).max(200)),
    /** HTTP status; of what is on record before it is answered, the one that it was to get. */
    status: z.int().min(100).max(599).optional(),
    /** Parameters of path and query, as far as they were understood. */
    asked: z.array(asked).max(100).optional(),
    /** How many were answered, or were about to be. */
    rows: z.int().min(0).optional(),
    /** The grants under which personal data may have been shown that is masked for the caller otherwise. */
    unmaskings: z.array(identifier).max(1000).optional(),
    /** What it was for, in the words of whoever asked. */
    reason: personal('accessId', z.string().min(1).max(500)).optional(),
  }),
} as const
export type AccessEvent = EventsOf<typeof accessEvents>
export type RecordedAccess = z.output<(typeof accessEvents)['RecordsAccessed']>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface AccessRecord {
  readonly accesses: number
  readonly lastAt: string | null
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: AccessRecord, event: AccessEvent): AccessRecord => {
  switch (event.type) {
    case 'RecordsAccessed':
      return { accesses: state.accesses + event.data.count, lastAt: event.data.lastAt }
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export interface RecordAccess {
  readonly type: 'RecordAccess'
  readonly access: RecordedAccess
}
export type AccessCommand = RecordAccess

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

/** Each is a fact of its own: there is nothing to refuse, and never nothing to do. */
const decide = (command: AccessCommand): readonly AccessEvent[] => {
  switch (command.type) {
    case 'RecordAccess':
      return [{ type: 'RecordsAccessed', data: command.access }]
    default:
      return unreachable(command.type)
  }
}

export const accessRecord: Decider<AccessRecord, AccessCommand, AccessEvent> = {
  category: 'access',
  stateVersion: 1,
  initial: { accesses: 0, lastAt: null },
  evolve,
  decide,
}

/** The id of the record that an access at a UTC instant belongs to: its month. */
export function accessRecordId(at: string): string {
  return at.slice(0, 'YYYY-MM'.length)
}

const UUIDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
/** At the end of a stream's name: of a claim, which a keyed hash names. Its capitals count. */
const HASH = /(?<=\.)[A-Za-z0-9_-]{43}$/

/** The ids in a parameter that was asked for, as they are written in the log: in the name of a stream, too. */
export function idsIn({ value }: NonNullable<RecordedAccess['asked']>[number]): readonly string[] {
  return value.match(HASH) ?? value.toLowerCase().match(UUIDS) ?? []
}

/** Whether an event is of the record of access, by its stream: it then counts for no ordinal of the books. */
export function isOfAccessRecord(stream: string): boolean {
  return stream.startsWith('access-')
}
