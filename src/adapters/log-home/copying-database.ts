import type { Database } from '#adapters/database/database.ts'

/** The database for whoever copies a log into it: passes the fence that keeps all others from appending. */
export function copyingDatabase(
  database: Pick<Database, 'writer' | 'connect'>,
): Pick<Database, 'writer' | 'connect'> {
  return {
    writer: database.writer,
    async connect(role, options) {
      const client = await database.connect(role, options)
      if (role === 'writer') await client.query(`set daybook.copies_log = 'on'`)
      return client
    },
  }
}
