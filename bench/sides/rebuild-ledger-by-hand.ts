import { connectReader, connectWriter, onBoth, schemaOf } from '../by-hand/connect.ts'
import { copyOut } from '../by-hand/copy-out.ts'
import { Ledger } from '../by-hand/ledger.ts'
import { createLedgerTables, finishLedgerTables } from '../by-hand/ledger-tables.ts'
import { readLog } from '../by-hand/log.ts'
import { peakMemoryMb, report } from '../support/compare.ts'

/**
 * The ledger's tables rebuilt by code written for nothing else: pages read ahead, each event folded by
 * a switch, rows copied out as they come, balances kept in maps, indexes last. No schema is checked,
 * nothing is decrypted, no context is kept: the limit that an engine can be measured against.
 */
const reader = await connectReader()
const writers = [await connectWriter(), await connectWriter()] as const
const schema = schemaOf('ledger')
await writers[0].query(`drop schema if exists ${schema} cascade`)
const started = performance.now()
await writers[0].query(createLedgerTables)
const entries = copyOut(writers[0], `${schema}.entry`)
const postings = copyOut(writers[1], `${schema}.posting`)
const ledger = new Ledger(entries, postings)
let events = 0
for await (const page of readLog(reader)) {
  for (const event of page) ledger.fold(event)
  events += page.length
  await entries.room()
  await postings.room()
}
await Promise.all([entries.end(), postings.end()])
await ledger.finish(writers[0])
await onBoth(writers, finishLedgerTables)
report({ rate: events / ((performance.now() - started) / 1000), rssMb: peakMemoryMb() })
await Promise.all([reader, ...writers].map((client) => client.end()))
