import { spawn } from 'node:child_process'
import type { Account } from './account.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'

/** Nothing of our environment reaches PostgreSQL: PGDATA, LANG and their like would change what it does. */
export const CLEAN_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Options that make a child process run as the account. */
export function asAccount(account: Account): { readonly uid?: number; readonly gid?: number } {
  return account.switched ? { uid: account.uid, gid: account.gid } : {}
}

/**
 * Runs a program of PostgreSQL to its end. These want to know the name of their account, which a
 * container's arbitrary uid does not have: there they run as `nobody` of a user namespace of their own.
 *
 * @throws EmbeddedPostgresError with what it said, when it fails.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly account: Account; readonly cwd: string; readonly input?: string },
): Promise<void> {
  const { account } = options
  if (account.named) return run(program, args, options)
  try {
    await run('unshare', ['--user', '--map-user=65534', program, ...args], options)
  } catch (cause) {
    if (!/unshare/.test(String(cause))) throw cause
    throw new EmbeddedPostgresError(
      `PostgreSQL needs a named account, and uid ${account.uid} has no entry in /etc/passwd. ` +
        'Add one, run as another user, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}

async function run(
  program: string,
  args: readonly string[],
  options: { readonly account: Account; readonly cwd: string; readonly input?: string },
): Promise<void> {
  const child = spawn(program, args, {
    ...asAccount(options.account),
    cwd: options.cwd,
    env: CLEAN_ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
  }
  // A program that ends before it has read its input is judged by how it ended.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.on('error', reject)
  child.on('close', resolve)
  let code: number | null
  try {
    code = await promise
  } catch (cause) {
    throw new EmbeddedPostgresError(`${program} could not be run: ${String(cause)}`, { cause })
  }
  if (code !== 0) throw new EmbeddedPostgresError(`${program} failed:\n${said.trim()}`)
}
