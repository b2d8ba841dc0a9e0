import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connectionConfig } from '../connection.ts'
import type { Cluster } from './cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { commandLine, isAlive, processes } from './process-identity.ts'
import { asAccount, CLEAN_ENVIRONMENT } from './run-program.ts'

/** The server process of one cluster: finding it, starting it, ending it. */

/**
 * Settings for a machine of two cores that it shares with Node. Messages of errors hold no values, for
 * these may be personal; seven days of them are kept.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  shared_buffers: '192MB',
  effective_cache_size: '1GB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '10min',
  random_page_cost: '1.1',
  jit: 'off',
  max_parallel_workers_per_gather: '1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  // After a crash everything must reach the disk first: in one call where the system has one.
  ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
}

/** Number of the running server process of the cluster; undefined when there is none. */
export function runningPostmaster(folder: string): number | undefined {
  const pid = recordedPid(folder)
  return pid !== undefined && isPostmasterOf(pid, folder) ? pid : undefined
}

function recordedPid(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isPostmasterOf(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false
  // Where the system does not say, the living process is believed.
  return commandLine(pid)?.includes(markOf(folder)) ?? true
}

/**
 * Stands in the command line of every process of the cluster, even one whose postmaster was killed. It
 * names the folder by what stays when it is moved.
 */
function markOf(folder: string): string {
  const { dev, ino } = statSync(folder)
  return `daybook-${dev}-${ino}`
}

/**
 * The number in a file left behind may by now be any other process, and PostgreSQL would not start
 * beside it. The file goes only when nothing of the cluster runs any more.
 */
function removeMisleadingPid(folder: string): void {
  const recorded = recordedPid(folder)
  if (recorded === undefined || !isAlive(recorded) || isPostmasterOf(recorded, folder)) return
  if (processesOf(folder).length === 0) rmSync(path.join(folder, 'postmaster.pid'), { force: true })
}

function processesOf(folder: string): readonly number[] {
  const mark = markOf(folder)
  return processes().filter((pid) => pid !== process.pid && commandLine(pid)?.includes(mark))
}

/**
 * Starts a server in a session of its own, so that what ends us does not end it in the middle of
 * something.
 */
export function spawnPostmaster(cluster: Cluster): number {
  const { folder, binaries, account, secrets, startLog } = cluster
  removeMisleadingPid(folder)
  const settings = Object.entries({
    ...SETTINGS,
    ...cluster.settings,
    port: `${secrets.port}`,
    cluster_name: markOf(folder),
  })
  const log = openSync(startLog, 'w', 0o600)
  try {
    const child = spawn(
      binaries.postgres,
      ['-D', folder, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...asAccount(account),
        cwd: folder,
        env: CLEAN_ENVIRONMENT,
        stdio: ['ignore', log, log],
        detached: true,
      },
    )
    child.on('error', () => undefined)
    child.unref()
    if (child.pid === undefined) {
      throw new EmbeddedPostgresError(`${binaries.postgres} could not be run`)
    }
    return child.pid
  } finally {
    closeSync(log)
  }
}

/** What the last start said, for messages. */
export function lastWords(startLog: string): string {
  try {
    return readFileSync(startLog, 'utf8').trim().split('\n').slice(-5).join('\n')
  } catch {
    return ''
  }
}

/** `refused`: it does not take our password. `gone`: it ended, or we no longer wait. */
export type Answer = 'ready' | 'refused' | 'gone'

/**
 * Waits until the server takes our login, however long it needs to recover. That it knows our password
 * shows that it is ours.
 */
export async function firstAnswer(pid: number, url: string, signal: AbortSignal): Promise<Answer> {
  for (let pause = 10; isAlive(pid) && !signal.aborted; pause = Math.min(100, pause * 1.5)) {
    const answer = await logIn(url)
    if (answer !== undefined) return answer
    await sleep(pause)
  }
  return 'gone'
}

async function logIn(url: string): Promise<Answer | undefined> {
  const client = new pg.Client(connectionConfig(url, { name: 'daybook start' }))
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return 'ready'
  } catch (error) {
    const refused = error instanceof pg.DatabaseError && error.code?.startsWith('28') === true
    return refused ? 'refused' : undefined
  }
}

/** Fast shutdown: sessions are ended, everything is written; immediate when that takes too long. */
export async function stopPostmaster(pid: number, deadlineMs = 30_000): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    signalProcess(pid, signal)
    const end = performance.now() + (signal === 'SIGINT' ? deadlineMs : 5000)
    while (isAlive(pid) && performance.now() < end) await sleep(10)
    if (!isAlive(pid)) return
  }
}

/**
 * Ends server processes that have lost their postmaster: they hold its memory, and no new one can
 * start beside them. Where the system does not show them, they end by themselves in time.
 */
export function endOrphanedBackends(folder: string): void {
  if (runningPostmaster(folder) !== undefined) return
  for (const pid of processesOf(folder)) signalProcess(pid, 'SIGQUIT')
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}

/** The wanted port when it is free, otherwise any free one. */
export async function freePort(wanted: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.on('error', reject)
  server.listen(wanted, '127.0.0.1', () => {
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    server.close(() => resolve(port))
  })
  try {
    return await promise
  } catch (error) {
    if (wanted === 0) throw error
    return freePort(0)
  }
}
