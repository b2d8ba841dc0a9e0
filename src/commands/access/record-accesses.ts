import { randomUUID } from 'node:crypto'
import {
  type AccessKind,
  accessRecord,
  accessRecordId,
  idsIn,
  type RecordedAccess,
} from '#domain/access/access-record.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import type { TrailEntry } from '../audit-trail.ts'
import type { CommandHandler } from '../handler.ts'
import { type AskedDeps, leadsToErased } from '../privacy/reasons-about.ts'
import type { Counted } from '../trail-buffer.ts'
import { type Unwritten, WrittenBehind, type WrittenBehindDeps } from '../written-behind.ts'

/** Somebody who looked at something. */
export interface Access extends TrailEntry {
  readonly kind: AccessKind
  readonly callerKind: RecordedAccess['callerKind']
  readonly sessionId: string | undefined
  /** Parameters of path and query that hold nothing personal. */
  readonly asked: RecordedAccess['asked']
  /** How many were answered, or are about to be. */
  readonly rows: number | undefined
  /** Grants under which personal data may have been shown. */
  readonly unmaskings: readonly string[]
  /** Free text: what it was for. */
  readonly reason: string | undefined
}

/**
 * The record of access: an event for each, in a stream of the organisation's month. It takes nothing back
 * and keeps nothing beside the log.
 */
export interface AccessRecords {
  /** Puts a look on record behind its answer: never waits and never fails. A crash loses what waits. */
  looked(access: Access): void
  /**
   * Puts on record, before it is answered, what must not be had unseen.
   *
   * @throws LogUnavailable when it could not be; whatever was asked for must then not be answered. It may
   *   be on record all the same. NotReadYet when it gave a reason, and nobody can tell yet whom that may be about.
   */
  record(access: Access): Promise<void>
  /** Writes what waits, for a few seconds at most. */
  close(): Promise<void>
}

export interface AccessRecordsDeps
  extends AskedDeps,
    Pick<WrittenBehindDeps<Access>, 'isAway' | 'warn'> {
  readonly handler: Pick<CommandHandler, 'handle'>
  readonly keyedHash: KeyedHash
  /** UTC instant. */
  readonly clock: () => string
}

export function createAccessRecords(deps: AccessRecordsDeps): AccessRecords {
  /** What was sent without an answer is sent again as the same command, so that it is there once. */
  const commandIds = new WeakMap<Counted<Access>, string>()
  const commandIdOf = (entry: Counted<Access>): string => {
    const known = commandIds.get(entry) ?? randomUUID()
    commandIds.set(entry, known)
    return known
  }
  const behind = new WrittenBehind<Access>({
    name: 'the record of access',
    isAway: deps.isAway,
    warn: deps.warn,
    kindOf: (access) => ({
      ...access,
      request_id: null,
      sessionId: undefined,
      asked: undefined,
      rows: undefined,
      unmaskings: [],
      reason: undefined,
    }),
    async write(entries) {
      const outcomes = await Promise.all(
        entries.map(async (entry): Promise<readonly Unwritten<Access>[]> => {
          const commandId = commandIdOf(entry)
          const bodyHash = deps.keyedHash('bodyHash', entry.organisation, 'access', commandId)
          return write(deps, entry, { commandId, bodyHash }).then(
            () => [],
            (error: unknown) => [{ entry, error }],
          )
        }),
      )
      return outcomes.flat()
    },
  })
  return {
    looked: (access) => behind.add(access),
    record: (access) =>
      write(deps, { ...access, count: 1, last_at: access.at }, { commandId: randomUUID() }),
    close: () => behind.close(),
  }
}

/** Whoever is named for several who are counted together. */
const SEVERAL = '*'

interface CommandIdentity {
  readonly commandId: string
  readonly bodyHash?: string
}

async function write(
  deps: AccessRecordsDeps,
  given: Counted<Access>,
  identity: CommandIdentity,
): Promise<void> {
  const { handler, clock } = deps
  const entry = await withoutReasonOfErased(deps, given)
  const access = recordedAccess(entry, identity.commandId)
  const context = {
    ...identity,
    organisation: entry.organisation,
    actor: entry.actor ?? SEVERAL,
    correlationId: entry.request_id ?? identity.commandId,
    now: clock(),
  }
  const record = accessRecordId(entry.at)
  await handler.handle(accessRecord, record, { type: 'RecordAccess', access }, context)
}

/** Nothing more is written of who is erased. */
async function withoutReasonOfErased(
  deps: AskedDeps,
  entry: Counted<Access>,
): Promise<Counted<Access>> {
  const { organisation, asked = [], reason } = entry
  if (reason === undefined) return entry
  const isErased = await leadsToErased(deps, organisation, asked.flatMap(idsIn))
  return isErased ? { ...entry, reason: undefined } : entry
}

function recordedAccess(entry: Counted<Access>, accessId: string): RecordedAccess {
  const { kind, at, last_at: lastAt, count, role, method, route, status } = entry
  const { callerKind, sessionId, asked, rows, unmaskings, reason } = entry
  const many = { accessId, at, lastAt, count, method, route }
  if (route === SEVERAL) return { ...many, kind: 'several' }
  return {
    ...many,
    kind,
    status,
    ...(role !== null && { role }),
    ...(callerKind !== undefined && { callerKind }),
    ...(sessionId !== undefined && { sessionId }),
    ...(asked !== undefined && { asked }),
    ...(rows !== undefined && { rows }),
    ...(unmaskings.length > 0 && { unmaskings: [...unmaskings] }),
    ...(reason !== undefined && { reason }),
  }
}
