import fc from 'fast-check'
import t from 'tap'
import type { StoredEvent } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { Ordinals } from '#projections/engine/ordinals.ts'

/** An event as far as counting looks at it. */
function event(organisation: string, category: string): StoredEvent & RecordedEvent {
  const stream = `${category}-${organisation}.1`
  return { stream, type: 'X', metadata: { organisation } } as unknown as StoredEvent & RecordedEvent
}

const events = fc.array(
  fc.record({
    organisation: fc.constantFrom('main', 'other'),
    category: fc.constantFrom('access', 'wallet', 'accessory'),
    isFolded: fc.boolean(),
  }),
)

t.test('wherever accesses stand, the books count as if they were not there', async (t) => {
  const property = fc.property(events, (log) => {
    const [all, books] = [new Ordinals(), new Ordinals()]
    const take = (to: Ordinals, { organisation, category, isFolded }: (typeof log)[number]) => {
      const one = event(organisation, category)
      if (isFolded) return to.mark(one).organisationOrdinal
      to.skip(one)
      return undefined
    }
    const last = new Map<string, number>()
    for (const one of log) {
      const ordinal = take(all, one)
      if (one.category !== 'access') {
        if (ordinal !== take(books, one)) return false
        if (ordinal !== undefined) last.set(one.organisation, ordinal)
      } else if (ordinal !== undefined && ordinal < (last.get(one.organisation) ?? 0)) return false
    }
    return all.ordinal === log.length
  })
  t.doesNotThrow(() => fc.assert(property))
})
