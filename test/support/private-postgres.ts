import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#adapters/database/embedded/embedded-postgres.ts'
import type { EmbeddedEvent } from '#adapters/database/embedded/supervise.ts'

type Teardown = Pick<Test, 'teardown'>

/** A data folder of the test's own, not there yet. */
export function dataFolder(t: Teardown): string {
  const parent = mkdtempSync(path.join(tmpdir(), 'daybook-data-'))
  // As root, PostgreSQL runs as another account, which must reach it.
  chmodSync(parent, 0o711)
  t.teardown(() => rmSync(parent, { recursive: true, force: true }))
  return path.join(parent, 'data')
}

export interface PrivatePostgres extends EmbeddedPostgres {
  readonly dataDir: string
  /** What happened to it so far. */
  readonly events: readonly EmbeddedEvent[]
}

/**
 * An embedded PostgreSQL of the test's own, as the product starts it, for tests that end it with
 * violence. Takes about a second. Stopped when the test ends.
 */
export async function privatePostgres(t: Teardown, dataDir?: string): Promise<PrivatePostgres> {
  const folder = dataDir ?? dataFolder(t)
  const events: EmbeddedEvent[] = []
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    what: 'a test',
    report: (event) => events.push(event),
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= server.stop())
  t.teardown(stop)
  return { ...server, stop, dataDir: folder, events }
}
