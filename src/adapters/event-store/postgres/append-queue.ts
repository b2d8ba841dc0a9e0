import type { Appended } from '#log/event-store.ts'
import type { AppendRequest } from './append-statements.ts'

/** An append without a verdict: waiting, or on its way. */
export interface PendingAppend extends AppendRequest {
  /** In the order of arrival; kept when it has to be sent again. */
  readonly number: number
  /** Characters of JSON, which stand for the size. */
  readonly size: number
  readonly overdueAt: number
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

const SMALLEST_BATCH = 32
const LARGEST_BATCH = 512
const LARGEST_BATCH_SIZE = 4 * 1024 * 1024

/** Appends in the order in which they came, each until it has its verdict. */
export class AppendQueue {
  readonly #pending = new Set<PendingAppend>()
  readonly #streamsTaken = new Set<string>()
  #waiting: PendingAppend[] = []
  #nextNumber = 0
  #whenEmpty: (() => void) | undefined

  get isEmpty(): boolean {
    return this.#pending.size === 0
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  add(request: AppendRequest, overdueAt: number): Promise<Appended> {
    const number = this.#nextNumber++
    let size = 0
    for (const text of request.data) size += text.length
    for (const text of request.metadata) size += text.length
    return new Promise((resolve, reject) => {
      const append = { ...request, number, size, overdueAt, resolve, reject }
      this.#pending.add(append)
      this.#waiting.push(append)
    })
  }

  /**
   * Half of what waits, so that the other half can follow while this one is on its way; at most one
   * append of a stream. Each batch taken is given back to `release`.
   */
  take(): readonly PendingAppend[] {
    const half = Math.ceil(this.#waiting.length / 2)
    const most = Math.min(Math.max(half, SMALLEST_BATCH), LARGEST_BATCH)
    const batch: PendingAppend[] = []
    const left: PendingAppend[] = []
    let size = 0
    for (const append of this.#waiting) {
      const fits =
        batch.length === 0 || (batch.length < most && size + append.size <= LARGEST_BATCH_SIZE)
      if (fits && !this.#streamsTaken.has(append.stream)) {
        this.#streamsTaken.add(append.stream)
        batch.push(append)
        size += append.size
      } else {
        left.push(append)
      }
    }
    this.#waiting = left
    return batch
  }

  /** What of the batch has no verdict waits again, in its old place. */
  release(batch: readonly PendingAppend[]): void {
    for (const { stream } of batch) this.#streamsTaken.delete(stream)
    const undecided = batch.filter((append) => this.#pending.has(append))
    if (undecided.length === 0) return
    this.#waiting = [...undecided, ...this.#waiting].toSorted((a, b) => a.number - b.number)
  }

  resolve(append: PendingAppend, appended: Appended): void {
    if (this.#decided(append)) append.resolve(appended)
  }

  reject(append: PendingAppend, error: unknown): void {
    if (this.#decided(append)) append.reject(error)
  }

  rejectAll(error: unknown): void {
    for (const append of this.#pending) this.reject(append, error)
    this.#waiting = []
  }

  /** Rejects what is overdue; true when there was any. */
  rejectOverdue(now: number, error: () => unknown): boolean {
    const overdue = [...this.#pending].filter(({ overdueAt }) => overdueAt <= now)
    for (const append of overdue) this.reject(append, error())
    this.#waiting = this.#waiting.filter((append) => this.#pending.has(append))
    return overdue.length > 0
  }

  async empty(): Promise<void> {
    if (this.isEmpty) return
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
  }

  #decided(append: PendingAppend): boolean {
    const wasPending = this.#pending.delete(append)
    if (this.isEmpty) this.#whenEmpty?.()
    return wasPending
  }
}
