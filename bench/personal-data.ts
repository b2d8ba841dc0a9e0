import type { BenchServer } from './support/bench-server.ts'
import { compare, type Side } from './support/compare.ts'
import { inventedYear } from './support/invented-year.ts'
import { openBenchDaybook } from './support/open-store.ts'
import { note, print } from './support/print.ts'
import { events } from './support/settings.ts'
import { fillLog } from './support/synthetic-log.ts'

const WITHOUT = 'without references'
const WITH = 'payments with references'

/** All projections rebuilt from a log whose payments bear references, each under the key of its sale, beside the same without. */
export async function personalData(server: BenchServer): Promise<void> {
  const side = async (name: string, references: boolean): Promise<Side> => ({
    name,
    script: 'rebuild-daybook.ts',
    env: { BENCH_DATABASE_URL: await filled(server, name, references), BENCH_PROJECTIONS: 'all' },
  })
  const results = await compare([await side(WITHOUT, false), await side(WITH, true)])
  print('Rebuild of a log with personal data', results, WITHOUT, [
    { side: WITH, atLeast: 0.7, of: WITHOUT },
  ])
}

async function filled(server: BenchServer, name: string, references: boolean): Promise<string> {
  const url = await server.database({ migrated: true })
  const daybook = await openBenchDaybook(url)
  const { database, codec } = daybook
  try {
    await fillLog(database, codec, events, inventedYear(events, { references }))
    const { rows } = await database.engine.query<{ share: string; keys: string }>(
      `select round(100.0 * avg((data::jsonb ? '$personal')::int), 1) as share,
              (select count(*) from daybook.subject_key) as keys from log.events`,
    )
    await database.engine.query('vacuum (analyze) log.events')
    const [found] = rows
    note(`${name}: ${found?.share} % of the events hold personal data, under ${found?.keys} keys`)
  } finally {
    await daybook.close()
  }
  return url
}
