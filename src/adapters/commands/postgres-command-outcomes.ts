import pg from 'pg'
import type { CommandOutcomes, OutcomeAnswer, OutcomeQuestion } from '#commands/command-outcomes.ts'
import type { Position } from '#log/event-store.ts'
import { gather } from '#log/gather.ts'

interface OutcomeRow {
  readonly seen: string | null
  /** Which question it answers, from 1; null, as all after it, where the table knows of none. */
  readonly question: string | null
  readonly here: boolean | null
  readonly first_revision: number | null
  readonly last_revision: number | null
  readonly body_hash: string | null
}

/** How long tables that were not there are not asked for again: a statement that fails costs a connection. */
const MISSING_FOR_MS = 1000

/** The projection `command_outcomes` as commands ask it. `pool` connects as the writer. */
export function createPostgresCommandOutcomes(pool: pg.Pool): CommandOutcomes {
  let askAgainAt = 0
  const ask = async (questions: readonly OutcomeQuestion[]): Promise<readonly OutcomeAnswer[]> => {
    // Without tables of a version that has these columns, the log itself has to be read.
    const rows = performance.now() < askAgainAt ? [] : await rowsFor(pool, questions)
    if (rows === 'missing') askAgainAt = performance.now() + MISSING_FOR_MS
    const told = rows === 'missing' ? [] : rows
    const seen = (told[0]?.seen ?? undefined) as Position | undefined
    const byQuestion = Map.groupBy(told, ({ question }) => question)
    return questions.map((_, i) => answerOf(seen, byQuestion.get(String(i + 1)) ?? []))
  }
  return {
    find: gather(ask),
    async findUnchanged({ organisation, commandId, stream }) {
      const { rows } = await pool.query<{ revision: number; body_hash: string }>({
        name: 'unchanged-outcomes-find',
        text: `select revision, body_hash from daybook.unchanged_outcome
               where organisation = $1 and command_id = $2 and stream = $3`,
        values: [organisation, commandId, stream],
      })
      const [row] = rows
      return row && { revision: row.revision, bodyHash: row.body_hash }
    },
    async keepUnchanged({ organisation, commandId, stream }, { revision, bodyHash }) {
      await pool.query({
        name: 'unchanged-outcomes-keep',
        text: `insert into daybook.unchanged_outcome
                 (organisation, command_id, stream, revision, body_hash)
               values ($1, $2, $3, $4, $5) on conflict do nothing`,
        values: [organisation, commandId, stream, revision, bodyHash],
      })
    },
  }
}

/**
 * One statement, so that rows and checkpoint are of one moment; mostly nothing is found, and one row says so of
 * all questions. Each is looked up by itself (the offset keeps the planner from turning the join around),
 * whatever is believed of a table that grows.
 */
async function rowsFor(
  pool: pg.Pool,
  questions: readonly OutcomeQuestion[],
): Promise<readonly OutcomeRow[] | 'missing'> {
  try {
    const { rows } = await pool.query<OutcomeRow>({
      name: 'command-outcomes-find',
      text: `select p.seen, f.*
             from (select (select position from daybook.projection where schema_name = 'command_outcomes') as seen) p
             left join (
               select q.question, o.stream = q.stream as here, o.first_revision, o.last_revision, o.body_hash
               from unnest($1::text[], $2::text[], $3::text[])
                 with ordinality as q(organisation, command_id, stream, question)
               cross join lateral (
                 select * from command_outcomes.outcome o
                 where o.organisation = q.organisation and o.command_id = q.command_id offset 0
               ) o
             ) f on true`,
      values: [
        questions.map(({ organisation }) => organisation),
        questions.map(({ commandId }) => commandId),
        questions.map(({ stream }) => stream),
      ],
    })
    return rows
  } catch (error) {
    if (error instanceof pg.DatabaseError && /^42(P01|703)$/.test(error.code ?? ''))
      return 'missing'
    throw error
  }
}

function answerOf(seen: Position | undefined, rows: readonly OutcomeRow[]): OutcomeAnswer {
  const here = rows.find((row) => row.here === true)
  return {
    seen,
    bodyHash: rows.find(({ body_hash }) => body_hash !== null)?.body_hash ?? undefined,
    outcome:
      here === undefined || here.first_revision === null || here.last_revision === null
        ? undefined
        : {
            firstRevision: here.first_revision,
            lastRevision: here.last_revision,
            bodyHash: here.body_hash ?? undefined,
          },
  }
}
