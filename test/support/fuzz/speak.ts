import { Agent, request as open } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Wire } from './request.ts'

export interface Spoken {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** Says to a server, byte for byte, what `fetch` would put right first. */
export class Speaker {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  async say({ method, url, headers, body }: Wire): Promise<Spoken> {
    // Node itself does not say how long the body of a GET is.
    const length = body === undefined ? {} : { 'content-length': body.length }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const where = { port: this.#port, agent: this.#agent, method, path: url }
      const options = { ...where, headers: { ...headers, ...length } }
      open(options, resolve).on('error', reject).end(body)
    })
    const text = (await buffer(answer)).toString()
    return { status: answer.statusCode ?? 0, headers: answer.headers, text }
  }

  close(): void {
    this.#agent.destroy()
  }
}
