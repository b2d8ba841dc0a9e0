import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '#test/support/server.ts'

/** A server that is started again whenever it has ended, as a supervisor would, until told to stop. */
export class Supervised {
  readonly server: TestServer
  readonly role: 'api' | 'projector'
  /** How often it ended without having been killed. */
  endedAlone = 0
  isUp = false
  #isKilled = false
  #isOver = false
  readonly #supervising: Promise<void>

  constructor(server: TestServer, role: 'api' | 'projector') {
    this.server = server
    this.role = role
    this.#supervising = this.#supervise()
  }

  /** False when it had ended already. */
  async kill(): Promise<boolean> {
    const { pid } = this.server
    if (pid === undefined || !this.server.isAlive) return false
    this.#isKilled = true
    this.isUp = false
    this.server.signal('SIGKILL')
    await this.server.ended
    return true
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#isKilled = true
    await this.server.stop('SIGTERM')
    await this.#supervising
  }

  async #supervise(): Promise<void> {
    while (!this.#isOver) {
      this.#isKilled = false
      try {
        await this.server.start('--role', this.role)
        this.isUp = !this.#isKilled
        await this.server.ended
      } catch (error) {
        // It ended before it had started; what it said is in its output.
        await sleep(100)
        // It waits for PostgreSQL for some seconds and then leaves it to its supervisor.
        if (/cannot be reached/.test(String(error))) continue
      }
      this.isUp = false
      if (!this.#isKilled) this.endedAlone += 1
    }
  }
}
