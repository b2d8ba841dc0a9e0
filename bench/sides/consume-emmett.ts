import process from 'node:process'
import { peakMemoryMb, report } from '../support/compare.ts'
import { openEmmett } from '../support/emmett.ts'

/**
 * emmett's consumer over the same events, with a handler that does nothing: batches of BENCH_BATCH,
 * asked for without a pause. Since its rate stays the same, it is stopped after the batch in which
 * fifteen seconds are over.
 */
const MOST_MS = 15_000
const batchSize = Number(process.env['BENCH_BATCH'] ?? 1000)
const store = await openEmmett()
const consumer = store.consumer({
  pulling: { batchSize, pullingFrequencyInMs: 0 },
  stopWhen: { noMessagesLeft: true },
})
let events = 0
let last = 0
const started = performance.now()
consumer.reactor({
  processorId: `bench-${process.pid}`,
  startFrom: 'BEGINNING',
  eachMessage: () => {
    events += 1
    last = performance.now()
  },
  stopAfter: () => events % batchSize === 0 && last - started > MOST_MS,
})
await consumer.start()
report({ rate: events / ((last - started) / 1000), rssMb: peakMemoryMb() })
await consumer.close()
