import { chmodSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareBinaries } from './binaries.ts'
import { type Cluster, clusterExists, createCluster, resetPassword } from './cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { lockFolder, lockHolder } from './folder-lock.ts'
import { placesFor } from './places.ts'
import { firstAnswer, freePort, runningPostmaster, stopPostmaster } from './postmaster.ts'
import { newPassword, readSecrets, type Secrets, secretsUrl, writeSecrets } from './secrets.ts'
import { adoptOrStart, type Report, supervise } from './supervise.ts'

export interface EmbeddedOptions {
  readonly dataDir: string
  /** What holds the folder, for the message that a second one gets. */
  readonly what?: string
  /** Told what happened. */
  readonly report?: Report
  /** Settings of PostgreSQL beside or instead of ours. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface EmbeddedPostgres {
  /** Of the login; never a superuser. */
  readonly url: string
  /** Number of the server process at the moment. */
  pid(): number
  /** Ends the server and gives the folder back. */
  stop(): Promise<void>
  /** Gives the folder back; the server goes on, and whoever takes the folder next adopts it. */
  leave(): Promise<void>
}

/** Names the process that has the folder. */
export const LOCK_FILE = 'daybook.lock'
/** How long a command waits for a server that is starting. */
const ATTACH_DEADLINE_MS = 60_000

/**
 * PostgreSQL of our own in the data folder: made when it is not there, adopted when an earlier process
 * left it running, started otherwise, and started again whenever it dies under us.
 *
 * @throws FolderInUse when another process has the folder.
 * @throws EmbeddedPostgresError saying what is wrong and what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  try {
    makeDataDir(options.dataDir)
    const unlock = lockFolder(options.dataDir, LOCK_FILE, options.what ?? 'daybook')
    return await startLocked(options, unlock)
  } catch (error) {
    throw explained(error, options.dataDir)
  }
}

async function startLocked(
  options: EmbeddedOptions,
  unlock: () => void,
): Promise<EmbeddedPostgres> {
  const { dataDir, settings = {}, report = () => undefined } = options
  try {
    const cluster = await prepare(dataDir, settings, report)
    const server = supervise(cluster, await adoptOrStart(cluster, report), report)
    return {
      url: secretsUrl(cluster.secrets),
      pid: () => server.pid(),
      async stop() {
        await server.stop()
        unlock()
      },
      async leave() {
        await server.leave()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * How to reach the embedded PostgreSQL that another process runs in this folder, once it takes our
 * login: the other may be starting it, or starting it again. Undefined when nobody has the folder.
 *
 * @throws EmbeddedPostgresError when it does not answer in time.
 */
export async function findEmbeddedPostgres(
  dataDir: string,
): Promise<Pick<EmbeddedPostgres, 'url'> | undefined> {
  const deadline = AbortSignal.timeout(ATTACH_DEADLINE_MS)
  for (;;) {
    const holder = lockHolder(dataDir, LOCK_FILE)
    if (holder === undefined) return undefined
    const secrets = readSecrets(dataDir)
    const running = secrets && runningPostmaster(path.resolve(dataDir, secrets.cluster))
    if (secrets !== undefined && running !== undefined) {
      const url = secretsUrl(secrets)
      if ((await firstAnswer(running, url, deadline)) === 'ready') return { url }
    }
    if (deadline.aborted) {
      throw new EmbeddedPostgresError(
        `Process ${holder.pid} (${holder.what}) has the data folder ${dataDir}, and its PostgreSQL does not answer.`,
      )
    }
    await sleep(50)
  }
}

/** Whether the server of this folder runs, in whatever state it is. */
export function isEmbeddedPostgresRunning(dataDir: string): boolean {
  const secrets = readSecrets(dataDir)
  if (secrets === undefined) return false
  return runningPostmaster(path.resolve(dataDir, secrets.cluster)) !== undefined
}

/**
 * Everything in the data folder is readable by its owner alone. As root, the account that PostgreSQL
 * runs as must at least pass through.
 */
export function makeDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (process.getuid?.() !== 0) return
  const { uid, mode } = statSync(dataDir)
  if (uid === 0) chmodSync(dataDir, mode | 0o111)
}

async function prepare(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  report: Report,
): Promise<Cluster> {
  const known = readSecrets(dataDir)
  const { cluster: folder, account, binaries: copies } = placesFor(dataDir, known?.cluster)
  const binaries = prepareBinaries(account, copies)
  const startLog = path.resolve(dataDir, 'postgres-start.log')
  const cluster = (secrets: Secrets): Cluster => ({
    folder,
    account,
    binaries,
    secrets,
    settings,
    startLog,
  })
  const running = runningPostmaster(folder)
  if (known !== undefined && running !== undefined) return cluster(known)

  const secrets: Secrets = {
    user: known?.user ?? 'daybook',
    password: known?.password ?? newPassword(),
    database: known?.database ?? 'daybook',
    port: await freePort(known?.port ?? 0),
    cluster: path.relative(path.resolve(dataDir), folder),
  }
  const prepared = cluster(secrets)
  if (!clusterExists(folder)) {
    await createCluster(prepared)
    report({ what: 'created', detail: `PostgreSQL ${binaries.version} in ${folder}` })
  } else if (known === undefined) {
    if (running !== undefined) await stopPostmaster(running)
    await resetPassword(prepared)
  }
  writeSecrets(dataDir, secrets)
  return prepared
}

/** What the operating system refuses is said with where it happened. */
export function explained(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error
  return new EmbeddedPostgresError(
    `The embedded PostgreSQL cannot be set up in ${path.resolve(dataDir)}: ${error.message}`,
    { cause: error },
  )
}
