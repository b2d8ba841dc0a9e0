import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

interface Pair {
  readonly near: Socket
  readonly far: Socket
}

/**
 * A way to a server that can fall silent as a network does: nothing is refused, nothing is closed, and
 * nothing arrives, until it speaks again.
 */
export class SilentProxy {
  /** As the server's, by way of this proxy. */
  readonly url: string
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #isSilent = false

  private constructor(url: string, server: Server) {
    const { port, hostname } = new URL(url)
    const mine = new URL(url)
    mine.port = String((server.address() as AddressInfo).port)
    this.url = mine.toString()
    this.#server = server
    server.on('connection', (near) => this.#join(near, connect(Number(port), hostname)))
  }

  static async before(url: string): Promise<SilentProxy> {
    const server = createServer().listen(0, new URL(url).hostname)
    await once(server, 'listening')
    return new SilentProxy(url, server)
  }

  silence(): void {
    this.#isSilent = true
    for (const { near, far } of this.#pairs) {
      near.unpipe(far).pause()
      far.unpipe(near).pause()
    }
  }

  speak(): void {
    this.#isSilent = false
    for (const pair of this.#pairs) flow(pair)
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket, far: Socket): void {
    const pair = { near, far }
    this.#pairs.add(pair)
    const gone = (): void => {
      if (this.#isSilent) return
      this.#pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', gone).on('close', gone)
    if (!this.#isSilent) flow(pair)
  }
}

function flow({ near, far }: Pair): void {
  near.pipe(far)
  far.pipe(near)
}
