import { createSecretKey, randomBytes } from 'node:crypto'
import type { KeyRing, SubjectKey } from '#log/key-ring.ts'

/** A key ring that forgets everything when the test ends. `lose` is what must never happen to a real one. */
export class InMemoryKeyRing implements KeyRing {
  readonly #keys = new Map<string, SubjectKey>()

  async forWriting(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    for (const subject of subjects) {
      if (!this.#keys.has(subject)) this.#keys.set(subject, createSecretKey(randomBytes(32)))
    }
    return this.forReading(subjects)
  }

  async forReading(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    return new Map(
      subjects.flatMap((subject) => {
        const key = this.#keys.get(subject)
        return key === undefined ? [] : [[subject, key] as const]
      }),
    )
  }

  async destroy(...subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.#keys.set(subject, 'erased')
  }

  /** Where somebody has a key, or had one. */
  organisationsKnowing(id: string): readonly string[] {
    return [...this.#keys.keys()].flatMap((subject) => {
      const [organisation = '', ofSubject] = subject.split('/')
      return ofSubject === id ? [organisation] : []
    })
  }

  /** Whose key was destroyed. */
  erasedIn(organisation: string): readonly string[] {
    return [...this.#keys].flatMap(([subject, key]) => {
      const [place, id = ''] = subject.split('/')
      return place === organisation && key === 'erased' ? [id] : []
    })
  }

  lose(subject: string): void {
    this.#keys.delete(subject)
  }
}
