import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { runProgram } from './run-program.ts'
import type { Secrets } from './secrets.ts'

const SUPERUSER = 'postgres'

/**
 * Only from this machine and only by password. The superuser has none and cannot log in at all: it is
 * used in single-user mode, while no server runs.
 */
const HBA = `host all ${SUPERUSER} 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
`

/** One cluster, with all that running it takes. */
export interface Cluster {
  readonly folder: string
  readonly account: Account
  readonly binaries: Binaries
  readonly secrets: Secrets
  /** Settings of PostgreSQL beside or instead of ours. */
  readonly settings: Readonly<Record<string, string>>
  /** File for what the server says before it has its own log. */
  readonly startLog: string
}

export function clusterExists(folder: string): boolean {
  return existsSync(path.join(folder, 'PG_VERSION'))
}

/**
 * Makes a cluster with its login and database. It is made beside and moved into place, so that one that
 * was interrupted is never taken for a whole one.
 */
export async function createCluster(cluster: Cluster): Promise<void> {
  const { secrets } = cluster
  mkdirSync(path.dirname(cluster.folder), { recursive: true, mode: 0o755 })
  // Each attempt has a folder of its own: the programs of one that was killed may still be at work.
  const unfinished = { ...cluster, folder: mkdtempSync(`${cluster.folder}${UNFINISHED}`) }
  if (cluster.account.switched) {
    chownSync(unfinished.folder, cluster.account.uid, cluster.account.gid)
  }
  await runInitdb(unfinished)
  writeHba(unfinished)
  const login = pg.escapeIdentifier(secrets.user)
  await asSuperuser(unfinished, [
    `create role ${login} login createrole createdb password ${pg.escapeLiteral(secrets.password)}`,
    `create database ${pg.escapeIdentifier(secrets.database)} owner ${login}`,
  ])
  renameSync(unfinished.folder, cluster.folder)
  removeUnfinished(cluster.folder)
}

const UNFINISHED = '.unfinished-'

/** Whatever earlier attempts left; what cannot be removed now harms nobody. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(path.dirname(folder))) {
    if (!name.startsWith(path.basename(folder) + UNFINISHED)) continue
    try {
      rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true })
    } catch {
      // Something is still being written there.
    }
  }
}

/** Gives the login the password of the secrets. No server may be running. */
export async function resetPassword(cluster: Cluster): Promise<void> {
  const { user, password } = cluster.secrets
  await asSuperuser(cluster, [
    `alter role ${pg.escapeIdentifier(user)} password ${pg.escapeLiteral(password)}`,
  ])
}

/** Written at each start, so that it is what this program means it to be. */
export function writeHba({ folder, account }: Cluster): void {
  const file = path.join(folder, 'pg_hba.conf')
  writeFileSync(file, HBA, { mode: 0o600 })
  if (account.switched) chownSync(file, account.uid, account.gid)
}

/** Texts compare by code point, the same on every machine; UTF-8 whatever the system's language is. */
async function runInitdb({ folder, binaries, account }: Cluster): Promise<void> {
  const args = [
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    '--auth=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
  await runProgram(binaries.initdb, args, { account, cwd: folder })
}

async function asSuperuser(
  { folder, binaries, account }: Cluster,
  statements: readonly string[],
): Promise<void> {
  const settings = ['exit_on_error=on', 'log_checkpoints=off', 'log_min_messages=error']
  await runProgram(
    binaries.postgres,
    ['--single', '-D', folder, ...settings.flatMap((setting) => ['-c', setting]), 'postgres'],
    { account, cwd: folder, input: statements.map((statement) => `${statement}\n`).join('') },
  )
}
