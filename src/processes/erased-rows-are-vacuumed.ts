import type { Process } from './process.ts'

export interface VacuumErased {
  /** Takes what was written of erased people out of the database's files; to be tried again when it throws. */
  readonly vacuumErased: () => Promise<void>
}

/** A while later, so that tables are empty by then and one follows many erasures. */
export const VACUUMED_AFTER_MS = 10_000

/** What is erased is soon gone from the database's files too, however little else is written to them. */
export function erasedRowsAreVacuumed(
  { vacuumErased }: VacuumErased,
  delayMs: number = VACUUMED_AFTER_MS,
): Process {
  let begun = 0
  let before: Promise<void> = Promise.resolve()

  async function vacuum(due: number, now: string): Promise<void> {
    await before.catch(() => undefined)
    if (begun >= due) return
    await vacuumErased()
    begun = Date.parse(now)
  }

  return {
    name: 'erased_rows_are_vacuumed',
    types: ['PersonalTextsErased', 'CustomerDeleted', 'UserErased'],
    delayMs,
    async react({ metadata }, { now }) {
      before = vacuum(Date.parse(metadata.recordedAt) + delayMs, now)
      await before
    },
  }
}
