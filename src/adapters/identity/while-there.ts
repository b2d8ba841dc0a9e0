import type pg from 'pg'

/**
 * Does something while what a query for share finds stands as it was found: whoever changes or deletes that waits. On
 * a connection of its own, since what is done may need one of the pool, and those may all be taken. The lock ends
 * with the connection, however that ends.
 *
 * @returns false when nothing was found: then nothing was done.
 */
export async function whileThere(
  connect: () => Promise<pg.Client>,
  find: pg.QueryConfig,
  work: () => Promise<void>,
): Promise<boolean> {
  const client = await connect()
  try {
    await client.query('begin')
    const { rowCount } = await client.query(find)
    if (rowCount === 0) return false
    await work()
    await client.query('commit')
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}
