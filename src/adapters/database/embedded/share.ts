import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  explained,
  findEmbeddedPostgres,
  isEmbeddedPostgresRunning,
  LOCK_FILE,
  makeDataDir,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
import { FolderInUse, lockFolder, lockHolder } from './folder-lock.ts'

/** How often those beside look whether the one that has the folder is gone. */
const LOOK_EVERY_MS = 200
const LONGEST_PAUSE_MS = 10_000

/**
 * PostgreSQL of the data folder for one of any number of processes of this machine. One of them has the
 * folder: it starts the server, and starts it again when it dies. The others work beside it; once it has
 * ended, however it did, one of them has the folder, and the server goes on meanwhile. The last one to
 * end ends the server.
 *
 * @throws EmbeddedPostgresError saying what is wrong and what to do.
 */
export async function shareEmbeddedPostgres(
  options: EmbeddedOptions,
): Promise<Pick<EmbeddedPostgres, 'url' | 'stop'>> {
  const presence = present(options)
  try {
    const { url, own } = await join(options)
    const share = new Share(options, presence, url, own)
    return { url, stop: () => share.stop() }
  } catch (error) {
    presence.end()
    throw error
  }
}

function present(options: EmbeddedOptions): Presence {
  try {
    makeDataDir(options.dataDir)
    return new Presence(options)
  } catch (error) {
    throw explained(error, options.dataDir)
  }
}

async function join(
  options: EmbeddedOptions,
): Promise<{ readonly url: string; readonly own: EmbeddedPostgres | undefined }> {
  for (;;) {
    const running = await findEmbeddedPostgres(options.dataDir)
    if (running !== undefined) return { url: running.url, own: undefined }
    const own = await startUnlessInUse(options)
    if (own !== undefined) return { url: own.url, own }
  }
}

async function startUnlessInUse(options: EmbeddedOptions): Promise<EmbeddedPostgres | undefined> {
  try {
    return await startEmbeddedPostgres(options)
  } catch (error) {
    if (error instanceof FolderInUse) return undefined
    throw error
  }
}

class Share {
  readonly #options: EmbeddedOptions
  readonly #presence: Presence
  readonly #url: string
  readonly #watching: Promise<void>
  readonly #stopping = new AbortController()
  /** When this process has the folder. */
  #own: EmbeddedPostgres | undefined

  constructor(
    options: EmbeddedOptions,
    presence: Presence,
    url: string,
    own: EmbeddedPostgres | undefined,
  ) {
    this.#options = options
    this.#presence = presence
    this.#url = url
    this.#own = own
    this.#watching = this.#watch()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#watching
    // Each says that it goes before it looks who is left, so that two who go at once cannot both leave
    // the server to the other.
    this.#presence.end()
    const own = this.#own
    if (own !== undefined && this.#presence.isAlone()) return own.stop()
    await own?.leave()
    await this.#endWhatNobodyHas()
  }

  async #endWhatNobodyHas(): Promise<void> {
    const { dataDir } = this.#options
    if (!this.#presence.isAlone() || !isEmbeddedPostgresRunning(dataDir)) return
    const own = await startUnlessInUse(this.#options)
    await (this.#presence.isAlone() ? own?.stop() : own?.leave())
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    for (let failures = 0; this.#own === undefined && !signal.aborted; ) {
      const pause = Math.min(LONGEST_PAUSE_MS, LOOK_EVERY_MS * 2 ** failures)
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted || isHeld(this.#options.dataDir)) continue
      failures = (await this.#takeOver()) ? 0 : failures + 1
    }
  }

  async #takeOver(): Promise<boolean> {
    const { report = () => undefined } = this.#options
    try {
      this.#own = await startUnlessInUse(this.#options)
      if (this.#own === undefined || this.#own.url === this.#url) return true
      const detail = 'it listens on another port now: start this process again'
      report({ what: 'start failed', detail })
      return true
    } catch (error) {
      report({ what: 'start failed', detail: String(error) })
      return false
    }
  }
}

function isHeld(dataDir: string): boolean {
  return lockHolder(dataDir, LOCK_FILE) !== undefined
}

const PRESENCE = /^daybook-\d+-\d+\.lock$/
let made = 0

/** Says, by a file of its own, that this process works with the folder. */
class Presence {
  readonly #dataDir: string
  readonly #end: () => void

  constructor({ dataDir, what = 'daybook' }: EmbeddedOptions) {
    this.#dataDir = dataDir
    this.#end = lockFolder(dataDir, `daybook-${process.pid}-${made++}.lock`, what)
  }

  end(): void {
    this.#end()
  }

  /** Once it has ended: nobody else works with the folder. */
  isAlone(): boolean {
    const names = readdirSync(this.#dataDir).filter((name) => PRESENCE.test(name))
    const gone = names.filter((name) => lockHolder(this.#dataDir, name) === undefined)
    for (const name of gone) rmSync(path.join(this.#dataDir, name), { force: true })
    return gone.length === names.length
  }
}
