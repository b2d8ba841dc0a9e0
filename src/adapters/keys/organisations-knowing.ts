import type pg from 'pg'

/**
 * The organisations in which a subject has a key, or had one; the installation is one of them. It reads all
 * keys, since they are looked for by the end of what they are known as.
 */
export async function organisationsKnowing(pool: pg.Pool, id: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ organisation: string }>(
    `select split_part(subject, '/', 1) as organisation from daybook.subject_key
     where substr(subject, strpos(subject, '/') + 1) = $1 order by 1`,
    [id],
  )
  return rows.map(({ organisation }) => organisation)
}
