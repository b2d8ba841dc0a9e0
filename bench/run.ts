import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { appends } from './appends.ts'
import { before } from './before.ts'
import { copying } from './copying.ts'
import { eventStoreDb } from './eventstoredb.ts'
import { explanations } from './explanations.ts'
import { hotStream } from './hot-stream.ts'
import { http } from './http.ts'
import { personalData } from './personal-data.ts'
import { reading } from './reading.ts'
import { rebuilds } from './rebuilds.ts'
import { startBenchServer } from './support/bench-server.ts'
import { note, printVerdicts } from './support/print.ts'
import { events, rounds, seconds } from './support/settings.ts'
import { takeOver } from './take-over.ts'

/**
 * `npm run bench`: every figure that Daybook promises, beside a peer or a limit, in one run. Words
 * name the parts to run (`npm run bench -- appends`). bench/README.md says what each part means.
 */
const parts = {
  appends,
  hotStream,
  http,
  reading,
  rebuilds,
  explanations,
  eventStoreDb,
  copying,
  takeOver,
  personalData,
  before,
} as const

const wanted = process.argv.slice(2)
const unknown = wanted.filter((part) => !(part in parts))
if (unknown.length > 0) {
  process.stderr.write(
    `No part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}\n`,
  )
  process.exit(2)
}
if (!existsSync('bench/peers/node_modules')) {
  execFileSync('npm', ['ci', '--prefix', 'bench/peers', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
  })
}
// Every side opens what the others wrote.
process.env['DAYBOOK_MASTER_KEY'] = randomBytes(32).toString('base64')
const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'))
const server = await startBenchServer(folder)
note(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'CPU'}; ` +
    `${rounds} rounds, ${seconds} s, ${events.toLocaleString('en')} events`,
)
try {
  for (const [name, run] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) await run(server)
  }
  printVerdicts()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
