import { fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'

/** Of the owner of the organisation `bench`. */
export const token = 'owner-of-bench-000000000'

/** What the server tells once it listens. */
export interface WalletServerReady {
  readonly url: string
  readonly wallets: readonly string[]
}

export interface WalletServer extends WalletServerReady {
  readonly pid: number | undefined
  stop(): Promise<void>
}

/**
 * `bench/servers/wallets.ts` in a process of its own, as the environment says; BENCH_CHECKOUT, where it is
 * set, is the folder of the checkout whose server it is.
 */
export async function startWalletServer(
  environment: Readonly<Record<string, string>> = {},
): Promise<WalletServer> {
  const env = { ...process.env, ...environment }
  const execArgv = (env['BENCH_SERVER_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
  const child = fork('bench/servers/wallets.ts', {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv,
    env,
    cwd: env['BENCH_CHECKOUT'] ?? process.cwd(),
  })
  const failed = once(child, 'exit').then(() => {
    throw new Error('The server of wallets ended')
  })
  failed.catch(() => {}) // Once it is told to.
  const [ready] = (await Promise.race([once(child, 'message'), failed])) as [WalletServerReady]
  return {
    ...ready,
    pid: child.pid,
    async stop() {
      const closed = once(child, 'exit')
      child.disconnect()
      await closed
    },
  }
}

/** What every request says of its caller. */
export const headers = {
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
} as const
