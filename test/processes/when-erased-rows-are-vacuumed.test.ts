import t from 'tap'
import type { CommandContext } from '#commands/handler.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { erasedRowsAreVacuumed } from '#processes/erased-rows-are-vacuumed.ts'

const deletedAt = (recordedAt: string) => ({ metadata: { recordedAt } }) as RecordedEvent
const context = (now: string) => ({ now }) as CommandContext

/** Each of these fails where it says so. */
function vacuuming(...outcomes: readonly ('done' | 'fails')[]) {
  let times = 0
  const vacuumErased = async (): Promise<void> => {
    times += 1
    if (outcomes[times - 1] === 'fails') throw new Error('still seen')
  }
  return { process: erasedRowsAreVacuumed({ vacuumErased }, 10_000), times: () => times }
}

t.test('many erasures are followed by one, and a later one by another', async (t) => {
  const { process, times } = vacuuming()
  const together = ['10:00:00.000Z', '10:00:01.000Z', '10:00:02.000Z'].map((time) =>
    process.react(deletedAt(`2026-11-21T${time}`), context('2026-11-21T10:00:12.000Z')),
  )
  await Promise.all(together)
  t.equal(times(), 1)
  const later = context('2026-11-21T10:00:20.000Z')
  await process.react(deletedAt('2026-11-21T10:00:09.000Z'), later)
  t.equal(times(), 2)
})

t.test('what could not be done is tried again', async (t) => {
  const { process, times } = vacuuming('fails')
  const [event, now] = [deletedAt('2026-11-21T10:00:00.000Z'), context('2026-11-21T10:00:10.000Z')]
  await t.rejects(process.react(event, now), /still seen/)
  await process.react(event, now)
  t.equal(times(), 2)
})
