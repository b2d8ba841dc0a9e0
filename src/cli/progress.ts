import process from 'node:process'

/** A bar on standard error, drawn only at a terminal and at most ten times a second. */
export class Progress {
  readonly #draws = process.stderr.isTTY
  #drawn = 0

  /** `done` from 0 to 1; `note` stands beside the bar. */
  update(done: number, note: string): void {
    const now = performance.now()
    if (!this.#draws || now - this.#drawn < 100) return
    this.#drawn = now
    const width = 30
    const full = Math.round(Math.min(Math.max(done, 0), 1) * width)
    const bar = '█'.repeat(full) + '░'.repeat(width - full)
    process.stderr.write(
      `\r${bar} ${String(Math.floor(done * 100)).padStart(3)} %  ${note}\u001b[K`,
    )
  }

  end(): void {
    if (this.#draws && this.#drawn > 0) process.stderr.write('\r\u001b[K')
  }
}
