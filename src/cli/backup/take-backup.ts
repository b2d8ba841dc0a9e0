import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { knownMigrations } from '#adapters/database/migrate.ts'
import { noteMaintenance } from '#adapters/database/note-maintenance.ts'
import { exportKeys } from '#adapters/keys/export-keys.ts'
import { keyInUse } from '#adapters/keys/key-in-use.ts'
import type { EventStore, Position, StoredEvent } from '#log/event-store.ts'
import { exportLog } from '#log/export.ts'
import type { Summary } from '#log/hashed-lines.ts'
import { positionOf } from '#log/position-of.ts'
import { parseStreamName } from '#log/stream-name.ts'
import type { Daybook } from '../../composition.ts'
import { programVersion } from '../../program-version.ts'
import { destroyedKeys, erasureLines, gatherErasures } from './erasures.ts'
import { syncFolder, type WrittenFile, writeBackupFile } from './files.ts'
import {
  BackupRefused,
  backupFiles,
  MANIFEST,
  type Manifest,
  proved,
  type Unproved,
} from './manifest.ts'
import { CREDENTIALS, exportRows, RECORDS } from './records.ts'

type Source = Pick<Daybook, 'config' | 'database' | 'log' | 'masterKeys' | 'clock'>

export interface BackupOptions {
  readonly folder: string
  /** Who asks for it. */
  readonly actor: string
  readonly signal: AbortSignal
  /** Told how many events were written, and of how many as far as the store can count them. */
  readonly onProgress?: (events: number, of: number | undefined) => void
}

/**
 * A backup of an installation, beside a running server too. Its parts are read in the order in which
 * each leans on the next, so that they fit together whatever is written meanwhile: first how far processes
 * had reacted (what they did until then is in the log), then the end of the log, then the log up to there,
 * then the keys (each was committed before its first event), and last the erasures, which outdo the keys.
 *
 * @throws BackupRefused when the folder holds anything, or another backup is being written there.
 */
export async function takeBackup(source: Source, options: BackupOptions): Promise<Manifest> {
  const { folder } = options
  await assertFree(folder)
  const unfinished = `${folder}.unfinished`
  await makeUnfinished(unfinished)
  try {
    const manifest = await writeAll(source, { ...options, folder: unfinished })
    options.signal.throwIfAborted()
    await syncFolder(unfinished)
    // Before there is a backup: none may leave the installation that is not on record.
    const { head, sha256 } = manifest.log
    const data = { ordinal: head?.ordinal ?? 0, sha256 }
    await noteMaintenance(source.database.writer, { type: 'BackupTaken', data }, options.actor)
    await rename(unfinished, folder)
    await syncFolder(path.dirname(path.resolve(folder)))
    return manifest
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

async function assertFree(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new BackupRefused(`${folder} cannot be written to: ${error.message}`)
  })
  if (found.length === 0) return
  throw new BackupRefused(`${folder} is not empty: name a folder that is, or one that is not there`)
}

async function makeUnfinished(unfinished: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(unfinished)), { recursive: true })
  await mkdir(unfinished, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new BackupRefused(
      `${unfinished} is there: another backup is being written, or one was killed. Remove it if none is`,
    )
  })
}

async function writeAll(source: Source, options: BackupOptions): Promise<Manifest> {
  const { config, database, log, masterKeys, clock } = source
  const { folder, signal } = options
  const startedAt = clock()
  const files: WrittenFile[] = []
  const write = async (name: string, text: AsyncIterable<string> | Iterable<string>) => {
    files.push(await writeBackupFile(folder, name, text, signal))
  }
  const rows = new Map<string, number>()
  await write(backupFiles.records, exportRows(database.engine, RECORDS, rows))
  await write(backupFiles.credentials, exportRows(database.engine, CREDENTIALS, rows))
  const history = new HistoryToKeep(log, await processPositions(source))
  const upTo = await log.head()
  const events = withSummary(history.lines(upTo, options.onProgress))
  await write(backupFiles.log, events.text)
  const keys = withSummary(exportKeys(database.writer))
  await write(backupFiles.keys, keys.text)
  const erasures = await gatherErasures([config.erasuresFile], destroyedKeys(database.writer))
  await write(backupFiles.erasures, erasureLines(erasures))
  const tokens = await tokensFile(source)
  if (tokens !== undefined) await write(backupFiles.tokens, [tokens])
  const unproved: Unproved = {
    format: 'daybook backup',
    version: 1,
    program: programVersion,
    migrations: [...(await knownMigrations())],
    startedAt,
    finishedAt: clock(),
    log: { store: log.kind, ...events.summary(), ...history.told() },
    keys: keys.summary().count,
    erasures: erasures.size,
    records: Object.fromEntries(rows),
    processes: history.processes(),
    files,
    notIncluded: notIncluded(source),
  }
  const { inUse } = await keyInUse(database.writer, masterKeys)
  const manifest = proved(await masterKeys.find(inUse), unproved)
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeFile(path.join(folder, MANIFEST), text, { mode: 0o600, flag: 'wx', flush: true })
  return manifest
}

/** Text, and the summary with which it ends. */
function withSummary(lines: AsyncGenerator<string, Summary>) {
  let summary: Summary | undefined
  async function* text(): AsyncGenerator<string> {
    summary = yield* lines
  }
  return {
    text: text(),
    summary(): Summary {
      if (summary === undefined) throw new Error('The export ended before its last line')
      return summary
    },
  }
}

/** Where each process stands; undefined at the start, or at a place of another log. */
async function processPositions({ database, log }: Source) {
  const { rows } = await database.engine.query<{ process: string; position: string | null }>(
    'select process, position from daybook.process_checkpoint order by process',
  )
  return new Map(
    rows.map(({ process, position }) => [process, positionOf(log, position ?? undefined)]),
  )
}

/** What is told of the log while it is written: its head, its organisations, and ordinals of positions. */
class HistoryToKeep {
  readonly #log: EventStore
  /** Those that the log has not been read up to. */
  readonly #ahead: Map<string, Position>
  readonly #reached = new Map<string, number>()
  readonly #organisations = new Map<string, number>()
  #head: Unproved['log']['head'] = null
  #last: Position | undefined

  constructor(log: EventStore, positions: ReadonlyMap<string, Position | undefined>) {
    this.#log = log
    this.#ahead = new Map()
    for (const [process, position] of positions) {
      this.#reached.set(process, 0)
      if (position !== undefined) this.#ahead.set(process, position)
    }
  }

  async *lines(
    upTo: Position | undefined,
    onProgress: BackupOptions['onProgress'],
  ): AsyncGenerator<string, Summary> {
    const of = upTo === undefined ? 0 : this.#log.countBetween?.(undefined, upTo)
    const summary = yield* exportLog(this.#log, {
      ...(upTo !== undefined && { upTo }),
      onEvent: (event, ordinal) => this.#add(event, ordinal),
      onProgress: (events) => onProgress?.(events, of),
    })
    if (upTo !== undefined && upTo !== this.#last) {
      throw new Error(`The log ends at ${upTo}, and was read to ${this.#last ?? 'nowhere'}`)
    }
    return summary
  }

  #add({ id, stream, metadata, position }: StoredEvent, ordinal: number): void {
    this.#head = { ordinal, id, recordedAt: metadata.recordedAt }
    this.#last = position
    const organisation = parseStreamName(stream)?.organisation ?? metadata.organisation
    this.#organisations.set(organisation, (this.#organisations.get(organisation) ?? 0) + 1)
    for (const [process, reached] of this.#ahead) {
      if (this.#log.comparePositions(position, reached) > 0) this.#ahead.delete(process)
      else this.#reached.set(process, ordinal)
    }
  }

  told(): Pick<Unproved['log'], 'head' | 'organisations'> {
    return { head: this.#head, organisations: Object.fromEntries(this.#organisations) }
  }

  processes(): Record<string, number> {
    return Object.fromEntries(this.#reached)
  }
}

async function tokensFile({ config }: Source): Promise<string | undefined> {
  if (config.tokens !== undefined) return undefined
  return readFile(path.join(config.dataDir, 'tokens.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    },
  )
}

function notIncluded({ config }: Source): string[] {
  const masterKeys =
    config.masterKeys === undefined
      ? path.resolve(config.dataDir, 'master.key')
      : 'DAYBOOK_MASTER_KEY of the configuration'
  return [
    `the master keys, without which nothing personal can be read and nothing restored: ${masterKeys}`,
    'the configuration: the environment that Daybook is started with',
    ...(config.tokens === undefined
      ? []
      : ['the tokens of callers: DAYBOOK_TOKENS of the configuration']),
    'read models: they are folded from the log at the first start',
  ]
}
