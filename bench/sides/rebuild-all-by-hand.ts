import process from 'node:process'
import pg from 'pg'
import { MasterKeys } from '#adapters/keys/master-keys.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { Analytics } from '../by-hand/analytics.ts'
import { connectReader, connectWriter, onBoth, schemaOf } from '../by-hand/connect.ts'
import { copyOut } from '../by-hand/copy-out.ts'
import { Customers } from '../by-hand/customers.ts'
import { Ledger } from '../by-hand/ledger.ts'
import { createLedgerTables, finishLedgerTables } from '../by-hand/ledger-tables.ts'
import { readLog } from '../by-hand/log.ts'
import { eventLine, Outcomes, referenceLines } from '../by-hand/log-tables.ts'
import { createOtherTables, finishOtherTables } from '../by-hand/other-tables.ts'
import { Sales } from '../by-hand/sales.ts'
import { peakMemoryMb, report } from '../support/compare.ts'

/**
 * The tables of every projection from one read of the log, by code written for nothing else and for the
 * events of the invented year alone: rows that never change leave as they come, the others are kept in
 * maps and leave at the end, indexes are last.
 */
const projections = [
  'analytics',
  'crm_customers',
  'finance_sales',
  'ledger',
  'event_index',
  'command_outcomes',
]
const reader = await connectReader()
const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'] })
const masterKeys = new MasterKeys([Buffer.from(process.env['DAYBOOK_MASTER_KEY'] ?? '', 'base64')])
const one = await connectWriter()
const two = await connectWriter()
const three = await connectWriter()
const four = await connectWriter()
const five = await connectWriter()
const six = await connectWriter()
const clients = [one, two, three, four, five, six]
for (const name of projections) await one.query(`drop schema if exists ${schemaOf(name)} cascade`)

const started = performance.now()
await one.query(createLedgerTables)
await one.query(createOtherTables)
const entries = copyOut(one, `${schemaOf('ledger')}.entry`)
const postings = copyOut(two, `${schemaOf('ledger')}.posting`)
const index = copyOut(three, `${schemaOf('event_index')}.event`)
const references = copyOut(five, `${schemaOf('event_index')}.reference`)
const documentLines = copyOut(four, `${schemaOf('finance_sales')}.document_lines`)
const deltas = copyOut(six, `${schemaOf('analytics')}.delta`)
const streams = [entries, postings, index, references, documentLines, deltas]
const customers = new Customers(createPostgresKeyRing({ pool, masterKeys }))
const sales = new Sales(documentLines)
const analytics = new Analytics(deltas)
const ledger = new Ledger(entries, postings)
const outcomes = new Outcomes()
let events = 0
for await (const page of readLog(reader)) {
  await customers.open(page)
  for (const event of page) {
    customers.fold(event)
    sales.fold(event)
    analytics.fold(event)
    ledger.fold(event)
    outcomes.fold(event)
    index.add(eventLine(event))
    references.add(referenceLines(event))
  }
  events += page.length
  for (const stream of streams) await stream.room()
}
for (const stream of streams) await stream.end()
await Promise.all([
  sales.finish(one),
  outcomes.finish(two),
  ledger.finish(three).then(() => customers.finish(three)),
])
await onBoth([one, two], [...finishOtherTables, ...finishLedgerTables])
report({ rate: events / ((performance.now() - started) / 1000), rssMb: peakMemoryMb() })
await Promise.all([reader, pool, ...clients].map((client) => client.end()))
