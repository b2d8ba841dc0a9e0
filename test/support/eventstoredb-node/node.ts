/**
 * An in-memory node that speaks EventStoreDB's gRPC protocol, so that the real client is exercised where no
 * server exists. It answers as EventStoreDB 23.10.8 does, its oddities included; see README.md. Loopback only.
 */
import { openJournal } from './journal.ts'
import { alone } from './membership.ts'
import { HOST, type ServeOptions, serve } from './serve.ts'
import { Store } from './store.ts'

export interface NodeOptions extends ServeOptions {
  /** Keeps the history there: it is read again at the next start. Default: memory only. */
  readonly file?: string
  /** A repeat this soon after the first, in milliseconds, times out. 0: never. */
  readonly settleMs?: number
}

export interface TestNode {
  readonly port: number
  /** Without user and CA, which whoever set them knows. */
  readonly connectionString: string
  /** At once: calls in flight see their connection drop. */
  stop(): void
}

/** All that a fresh insecure node holds. */
const FIRST_EVENT = '{"$maxAge":2592000,"$acl":{"$r":"$ops","$w":[],"$d":[],"$mr":[],"$mw":[]}}'

export function seed(store: Store): void {
  if (store.all.length > 0) return
  store.append('$$$scavenges', 'any', [
    {
      id: crypto.randomUUID(),
      type: '$metadata',
      isJson: true,
      data: Buffer.from(FIRST_EVENT),
      metadata: Buffer.alloc(0),
    },
  ])
}

export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const opened = options.file === undefined ? undefined : openJournal(options.file)
  const store = new Store({ settleMs: options.settleMs ?? 0, ...opened })
  seed(store)
  const membership = alone(store, () => ({ host: HOST, port, isAlive: true, state: 'leader' }))
  const { port, stop } = await serve(store, membership, options)
  return {
    port,
    connectionString: `esdb://${HOST}:${port}${options.tls ? '' : '?tls=false'}`,
    stop() {
      stop()
      opened?.journal.close()
    },
  }
}
