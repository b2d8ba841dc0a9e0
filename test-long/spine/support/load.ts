import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { owner, type TestServer } from '#test/support/server.ts'

/** Beyond so many that are not answered, the next waits: a server that is slower than was meant sets the pace. */
const MOST_UNDER_WAY = 400

/** Requests that are sent when they are due, whether or not those before them were answered. */
export class Load {
  readonly #server: TestServer
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_UNDER_WAY })
  readonly #running: Promise<void>[] = []
  readonly #stopped = new AbortController()
  /** What was refused, or not answered at all. */
  readonly failures: string[] = []

  constructor(server: TestServer) {
    this.#server = server
  }

  /** Goes on until stopped. Times count from when a request was due, so that a pause of ours or the server's shows. */
  run(perSecond: number, times: Times, send: (n: number) => Promise<void>): void {
    this.#running.push(this.#keepSending(perSecond, times, send))
  }

  async #keepSending(
    perSecond: number,
    times: Times,
    send: (n: number) => Promise<void>,
  ): Promise<void> {
    const { signal } = this.#stopped
    const started = performance.now()
    const underWay = new Set<Promise<void>>()
    for (let n = 0; !signal.aborted; ) {
      const dueAt = started + (n * 1000) / perSecond
      if (performance.now() < dueAt) {
        await sleep(Math.max(1, dueAt - performance.now()))
        continue
      }
      if (underWay.size >= MOST_UNDER_WAY) {
        await Promise.race(underWay)
        continue
      }
      const one = send(n++)
        .then(
          () => times.add(performance.now() - dueAt),
          (error: unknown) => void this.failures.push(String(error)),
        )
        .finally(() => underWay.delete(one))
      underWay.add(one)
    }
    await Promise.all(underWay)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all(this.#running)
    this.#agent.destroy()
  }

  /** The data of a good answer. @throws when it is not one. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const { status, text } = await this.#send(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
    return (JSON.parse(text) as { readonly data: unknown }).data
  }

  #send(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    const { url } = this.#server
    const json = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${owner.token}`,
      ...(json !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(json),
      }),
    }
    return new Promise((resolve, reject) => {
      const asked = request(url + path, { method, agent: this.#agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(json)
    })
  }
}

/** How long answers took, in milliseconds. */
export class Times {
  #all: number[] = []

  add(time: number): void {
    this.#all.push(time)
  }

  get count(): number {
    return this.#all.length
  }

  /** From 0 to 1. */
  quantile(part: number): number {
    const sorted = this.#all.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
  }

  /** What was measured so far, and a new beginning. */
  take(): string {
    const told = [0.5, 0.99, 1].map((part) => `${this.quantile(part).toFixed(0)} ms`)
    const text = `${this.count} answered, median ${told[0]}, p99 ${told[1]}, slowest ${told[2]}`
    this.#all = []
    return text
  }
}
