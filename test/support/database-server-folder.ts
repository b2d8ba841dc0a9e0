import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

const checkout = createHash('sha256')
  .update(import.meta.url)
  .digest('hex')
  .slice(0, 10)

/** One for each checkout and user. */
export const SERVER_FOLDER = path.join(
  tmpdir(),
  `daybook-test-${process.getuid?.() ?? 0}-${checkout}`,
)
/** Holds the keeper's process number once the server may be used. */
export const READY_FILE = path.join(SERVER_FOLDER, 'ready')
/** Its keeper's connections, which do not count as use. */
export const KEEPER = 'daybook test keeper'
/** How long the server outlives the last connection of a test: some files in a row use EventStoreDB alone. */
export const IDLE_MS = 240_000
