import { idsIn, type RecordedAccess } from '#domain/access/access-record.ts'
import { type Projection, table } from '../engine/projection.ts'

/**
 * By what an access is found. What more it says is read from the log, where its reason can be made
 * unreadable.
 */
export type AccessRow = {
  /** Of the whole log. */
  readonly ordinal: string
  readonly event_id: string
  readonly stream: string
  readonly revision: number
  readonly actor: string
  readonly kind: RecordedAccess['kind']
  readonly route: string
  readonly at: string
  readonly last_at: string
}

const access = table<AccessRow>({
  name: 'access',
  columns: {
    ordinal: { type: 'bigint' },
    event_id: { type: 'uuid' },
    stream: { type: 'text' },
    revision: { type: 'integer' },
    actor: { type: 'text' },
    kind: { type: 'text' },
    route: { type: 'text' },
    at: { type: 'timestamptz' },
    last_at: { type: 'timestamptz' },
  },
  key: ['ordinal'],
  insertOnly: true,
  indexes: [['event_id'], ['stream', 'revision'], ['actor', 'ordinal'], ['at']],
  on: {
    RecordsAccessed: {
      keys: ({ ordinal }) => [{ ordinal: String(ordinal) }],
      fold: (_, { ordinal, id, stream, revision, metadata, data }) => ({
        ordinal: String(ordinal),
        event_id: id,
        stream,
        revision,
        actor: metadata.actor,
        kind: data.kind,
        route: data.route,
        at: data.at,
        last_at: data.lastAt,
      }),
    },
  },
})

/** Of an access for which a reason was given, an id that was asked for: the reason may be about whose it is. */
export type ReasonAboutRow = {
  readonly id: string
  readonly ordinal: string
  /** Whose key opens the reason. */
  readonly access_id: string
}

const reasonAbout = table<ReasonAboutRow>({
  name: 'reason_about',
  columns: { id: { type: 'text' }, ordinal: { type: 'bigint' }, access_id: { type: 'text' } },
  key: ['id', 'ordinal'],
  insertOnly: true,
  on: {
    RecordsAccessed: {
      keys: ({ ordinal, data: { accessId, reason, asked = [] } }) => {
        if (reason === undefined) return []
        const ids = asked.flatMap(idsIn)
        return [...new Set(ids)].map((id) => ({
          id,
          ordinal: String(ordinal),
          access_id: accessId,
        }))
      },
      fold: (_row, _event, _context, key) => key as ReasonAboutRow,
    },
  },
})

/** Who looked at what: the record of access, apart from the index of the books. */
export const accesses: Projection = { name: 'accesses', version: 3, tables: [access, reasonAbout] }
