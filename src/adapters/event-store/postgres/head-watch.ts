/** The furthest position that this process has heard of, and those who wait for more. */
export class HeadWatch {
  #head = 0
  readonly #waiting = new Set<() => void>()

  get head(): number {
    return this.#head
  }

  moved(position: number): void {
    if (position <= this.#head) return
    this.#head = position
    this.wake()
  }

  /** Something may have been missed: everybody looks for himself. */
  wake(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Until the head is beyond the position, or somebody should look, or the time is over. */
  async beyond(position: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#head > position || signal.aborted) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, timeoutMs)
      signal.addEventListener('abort', wake, { once: true })
      this.#waiting.add(wake)
    })
  }
}
