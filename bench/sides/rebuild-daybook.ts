import process from 'node:process'
import { projections } from '#projections/all.ts'
import { forgetSchema } from '#projections/engine/registry.ts'
import { dropSchema } from '#projections/engine/schema.ts'
import { filledProjections } from '../support/filled-projections.ts'
import { peakMemoryMb, report } from '../support/compare.ts'
import { openBenchDaybook } from '../support/open-store.ts'

/**
 * Projections rebuilt by the engine as `daybook projections rebuild` does it, from reading the first
 * event to the swapped tables. There are no tables to compare with, as in the code by hand.
 */
const asked = process.env['BENCH_PROJECTIONS'] ?? 'all'
const rebuilt = filledProjections.filter(({ name }) => asked === 'all' || asked === name)
const daybook = await openBenchDaybook()
for (const projection of projections) {
  for (const slot of ['live', 'kept', 'next'] as const) {
    await dropSchema(daybook.database.engine, projection.name, slot)
    await forgetSchema(daybook.database.engine, projection.name, slot)
  }
}
const started = performance.now()
const job = await daybook.engine.rebuild(rebuilt.map(({ name }) => name))
const reports = await job.done
const seconds = (performance.now() - started) / 1000
for (const { projection, state, failure } of reports) {
  if (state !== 'done') throw new Error(`${projection}: ${state}: ${failure?.reason}`)
}
report({ rate: (reports[0]?.ordinal ?? 0) / seconds, rssMb: peakMemoryMb() })
await daybook.close()
