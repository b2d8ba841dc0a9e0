import process from 'node:process'
import type { EventCodec } from '#log/codec.ts'
import type { StoredEvent } from '#log/event-store.ts'
import { peakMemoryMb, report } from '../support/compare.ts'
import { openBenchDaybook } from '../support/open-store.ts'

/** The whole log through the store's port; with BENCH_DECODE=yes also checked and decrypted by the codec. */
const daybook = await openBenchDaybook()
const decode = process.env['BENCH_DECODE'] === 'yes'
const read = async (codec: EventCodec, page: readonly StoredEvent[]): Promise<number> =>
  decode ? (await codec.decode(page)).length : page.length

const started = performance.now()
let events = 0
for await (const page of daybook.log.readAll()) events += await read(daybook.codec, page)
report({ rate: events / ((performance.now() - started) / 1000), rssMb: peakMemoryMb() })
await daybook.close()
