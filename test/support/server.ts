import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/**
 * Daybook as its users run it: `node src/main.ts` in a process of its own, on a data folder of its own,
 * spoken to over HTTP. It can be killed and started again on the same folder.
 */

export interface TestCaller {
  readonly token: string
  readonly organisation: string
  readonly actor: string
  readonly role: string
}

export const owner: TestCaller = {
  token: 'owner-of-main-0000000000',
  organisation: 'main',
  actor: 'olga',
  role: 'owner',
}
export const stranger: TestCaller = {
  token: 'owner-of-other-000000000',
  organisation: 'other',
  actor: 'otto',
  role: 'owner',
}
/** Of no organisation: who rebuilds, starts and stops. */
export const installation: TestCaller = {
  token: 'runs-the-installation-000',
  organisation: '',
  actor: 'ines',
  role: 'installation',
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** A value inside an answer as text: `pick(answer, 'data', 'id')`; fails when it is not there. */
export function pick(
  answer: Pick<Answer, 'status' | 'body'>,
  ...path: readonly (string | number)[]
): string {
  return String(dig(answer, ...path))
}

/** As `pick`, of any shape. */
export function dig(
  answer: Pick<Answer, 'status' | 'body'>,
  ...path: readonly (string | number)[]
): unknown {
  let value = answer.body
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !(step in value)) {
      throw new Error(`No ${path.join('.')} in ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

export class TestServer {
  readonly dataDir: string
  readonly environment: Record<string, string>
  #child: ChildProcess | undefined
  #output = ''
  url = ''

  constructor(environment: Record<string, string> = {}) {
    this.dataDir = mkdtempSync(join(tmpdir(), 'daybook-server-'))
    // As root, PostgreSQL runs as another account, which must reach its files in here.
    chmodSync(this.dataDir, 0o711)
    this.environment = {
      DAYBOOK_DATA: this.dataDir,
      // Whoever runs the tests may have set these for a server of their own.
      DATABASE_URL: '',
      EVENTSTOREDB_URL: '',
      DAYBOOK_TOKENS: JSON.stringify([
        owner,
        stranger,
        { ...installation, organisation: undefined },
      ]),
      PORT: '0',
      LOG_LEVEL: 'warn',
      // A machine with much else to do, or a server that is held up, must not look like too much work.
      DAYBOOK_EVENT_LOOP_DELAY_MS: '0',
      DAYBOOK_CALLER_REQUESTS_PER_MINUTE: '1000000000',
      DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: '1000000000',
      ...environment,
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** What the server has printed since it was made. */
  get output(): string {
    return this.#output
  }

  /** Starts the server and waits for its address; throws with what it printed when it ends instead. */
  async start(...parameters: readonly string[]): Promise<void> {
    const child = spawn(process.execPath, ['src/main.ts', ...parameters], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const from = this.#output.length
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        this.#output += chunk.toString()
        const found = /https?:\/\/[\w.[\]:]+:\d+/.exec(this.#output.slice(from))
        if (found === null) return
        this.url = found[0]
        resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('exit', (code, signal) =>
        reject(new Error(`The server ended with ${code ?? signal}: ${this.#output.slice(from)}`)),
      )
    })
  }

  /** Ends the server and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined || !this.isAlive) return null
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill(signal)
    return gone
  }

  get isAlive(): boolean {
    const child = this.#child
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  /** Settles when the process started last is gone, however it ended; it may be so already. */
  get ended(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isAlive) return Promise.resolve()
    return new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /** Sends a signal, and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Ends the server, kindly, and removes its folder. */
  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  async call(
    method: string,
    path: string,
    options: {
      readonly body?: unknown
      readonly key?: string
      readonly caller?: TestCaller
      readonly headers?: Record<string, string>
      readonly signal?: AbortSignal
    } = {},
  ): Promise<Answer> {
    const { body, key, caller = owner, headers = {}, signal } = options
    const response = await this.#fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${caller.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await response.text()
    const json: unknown = text.startsWith('{') ? JSON.parse(text) : text
    return { status: response.status, headers: response.headers, body: json }
  }

  /** What a server said at its end is worth more than that it does not answer. */
  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (error) {
      const { exitCode = null, signalCode = null } = this.#child ?? {}
      if (exitCode === null && signalCode === null) throw error
      const last = this.#output.slice(-2000)
      throw new Error(`The server ended with ${exitCode ?? signalCode}: ${last}`, { cause: error })
    }
  }

  get(path: string, caller?: TestCaller): Promise<Answer> {
    return this.call('GET', path, caller === undefined ? {} : { caller })
  }

  post(path: string, body: unknown, key?: string): Promise<Answer> {
    return this.call('POST', path, { body, ...(key === undefined ? {} : { key }) })
  }

  /** Runs the `daybook` command under this server's configuration. */
  async daybook(
    ...words: readonly string[]
  ): Promise<{ code: number | null; out: string; err: string }> {
    const child = this.spawnDaybook(...words)
    let out = ''
    let err = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, out, err }
  }

  spawnDaybook(...words: readonly string[]): ChildProcess {
    return spawn(process.execPath, ['src/cli/daybook.ts', ...words], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

/** Waits until something holds; fails with its name when it does not within the time. */
export async function eventually(
  name: string,
  holds: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${name}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
