import type pg from 'pg'
import type { KeptState, KeptStates } from '#commands/kept-states.ts'
import { gather } from '#log/gather.ts'

interface KeptRow {
  readonly stream: string
  readonly revision: number
  readonly state_version: number
  readonly state: unknown
}

/** States of long streams in `daybook.kept_state`. `pool` connects as the writer. */
export function createPostgresKeptStates(pool: pg.Pool): KeptStates {
  return {
    find: gather(async (streams: readonly string[]) => {
      const { rows } = await pool.query<KeptRow>({
        name: 'kept-states-find',
        text: `select stream, revision, state_version, state
               from daybook.kept_state where stream = any($1::text[])`,
        values: [streams],
      })
      const found = new Map(rows.map((row) => [row.stream, keptState(row)]))
      return streams.map((stream) => found.get(stream))
    }),
    async keep({ stream, revision, stateVersion, state }) {
      await pool.query({
        name: 'kept-states-keep',
        text: `insert into daybook.kept_state as there (stream, revision, state_version, state)
               values ($1, $2, $3, $4)
               on conflict (stream) do update
               set revision = excluded.revision, state_version = excluded.state_version,
                   state = excluded.state, kept_at = now()
               where (excluded.state_version, excluded.revision) > (there.state_version, there.revision)`,
        values: [stream, revision, stateVersion, JSON.stringify(state)],
      })
    },
    async drop(stream) {
      await pool.query('delete from daybook.kept_state where stream = $1', [stream])
    },
  }
}

function keptState({ stream, revision, state_version, state }: KeptRow): KeptState {
  return { stream, revision, stateVersion: state_version, state }
}
