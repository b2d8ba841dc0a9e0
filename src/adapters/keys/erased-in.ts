import type pg from 'pg'

/** Ids of an organisation's subjects whose key was destroyed. */
export async function erasedIn(pool: pg.Pool, organisation: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select substr(subject, length($1::text) + 2) as id from daybook.subject_key
     where wrapped is null and starts_with(subject, $1::text || '/') order by 1`,
    [organisation],
  )
  return rows.map(({ id }) => id)
}
