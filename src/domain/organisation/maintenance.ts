import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier, impersonal, millisecond } from '../event-schema.ts'

/**
 * What was done with the installation itself: with its read models, its keys, its configuration and its
 * backups. It stands in the log under `INSTALLATION`, as whose nobody reads the books of an organisation.
 */

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

const done = {
  /** UTC instant at which it was done; the event follows at once, or when the log can be written again. */
  at: millisecond,
}
const ordinal = z.int().min(0)
const version = z.int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** Of a master key: 16 hexadecimal digits. */
const fingerprint = z.string().regex(/^[0-9a-f]{16}$/)
const ofProjection = {
  ...done,
  /** The organisation of whoever asked for it; absent for whoever runs the installation. */
  askedIn: identifier.optional(),
  projection: impersonal('a name that the program declares', z.string().min(1).max(64)),
  /** Of the log's last event in the tables that it is about. */
  ordinal,
}
const setting = impersonal('a configuration is about the installation', z.string().max(10_000))

export const maintenanceEvents = {
  /** Tables made anew took the place of those before; absent `fromVersion`: there were none. */
  ProjectionRebuilt: z.object({
    ...ofProjection,
    fromVersion: version.optional(),
    toVersion: version,
  }),
  /** Nothing took the place of the live tables. */
  ProjectionRebuildFailed: z.object({ ...ofProjection, toVersion: version }),
  ProjectionRebuildCancelled: z.object({ ...ofProjection, toVersion: version }),
  /** The tables that were kept are live again. */
  ProjectionRolledBack: z.object({ ...ofProjection, fromVersion: version, toVersion: version }),
  /** The tables that were kept are let go of. */
  ProjectionDropped: z.object({ ...ofProjection, fromVersion: version }),
  /** New keys of subjects are wrapped by another master key from here on. */
  MasterKeyRotated: z.object({ ...done, from: fingerprint, to: fingerprint }),
  /** So many keys were wrapped anew by the master key in use. */
  SubjectKeysRewrapped: z.object({ ...done, to: fingerprint, keys: z.int().min(1) }),
  MasterKeyDropped: z.object({ ...done, from: fingerprint }),
  /** A server was started with another configuration than the last of its role; secrets are not told. */
  ConfigurationChanged: z.object({
    ...done,
    role: z.enum(['api', 'projector', 'all']),
    program: impersonal('the version of the program', z.string().min(1).max(64)),
    /** Null: it was not set, or is not any more. */
    changes: z
      .array(
        z.object({
          setting: z.string().regex(/^[A-Za-z.]{1,64}$/),
          from: setting.nullable(),
          to: setting.nullable(),
        }),
      )
      .min(1)
      .max(1000),
  }),
  /** A backup holds the log up to this ordinal; the SHA-256 is that of the log's export. */
  BackupTaken: z.object({ ...done, ordinal, sha256 }),
  /** The log up to this ordinal came out of a backup begun at that UTC instant; what was after it is lost. */
  InstallationRestored: z.object({ ...done, ordinal, sha256, backupBegunAt: millisecond }),
} as const
export type MaintenanceEvent = EventsOf<typeof maintenanceEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface Maintenance {
  readonly done: number
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: Maintenance): Maintenance => ({ done: state.done + 1 })

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export interface RecordMaintenance {
  readonly type: 'RecordMaintenance'
  readonly event: MaintenanceEvent
}
export type MaintenanceCommand = RecordMaintenance

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

/** It was done already: there is nothing to refuse. */
const decide = (command: MaintenanceCommand): readonly MaintenanceEvent[] => {
  switch (command.type) {
    case 'RecordMaintenance':
      return [command.event]
    default:
      return unreachable(command.type)
  }
}

export const maintenance: Decider<Maintenance, MaintenanceCommand, MaintenanceEvent> = {
  category: 'maintenance',
  stateVersion: 1,
  initial: { done: 0 },
  evolve,
  decide,
}
