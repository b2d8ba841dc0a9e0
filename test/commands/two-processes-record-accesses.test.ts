import t from 'tap'
import { type Access, createAccessRecords } from '#commands/access/record-accesses.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import type { RecordedAccess } from '#domain/access/access-record.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogUnavailable } from '#log/errors.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { OutcomesOfLog } from '#test/support/outcomes-of-log.ts'
import { eventually } from '#test/support/server.ts'
import { InMemoryKeptStates } from '#test/support/tally.ts'

const LOOKS = 300
const EXPORTS = 40

function access(id: string, at: string): Access {
  return {
    at,
    organisation: 'main',
    actor: 'alma',
    role: 'auditor',
    method: 'GET',
    route: '/api/events/:id',
    status: 200,
    request_id: null,
    kind: 'read',
    callerKind: 'person',
    sessionId: undefined,
    asked: [{ name: 'id', value: id }],
    rows: 1,
    unmaskings: [],
    reason: undefined,
  }
}

t.test('two processes over a log that fails now and then: each access is there once', async (t) => {
  const store = new InMemoryEventStore(7)
  let appends = 0
  // Lost on the way there, and on the way back, for as long as it takes to meet both kinds.
  store.hooks.before = async () => {
    appends += 1
    if (appends % 5 === 2 && appends < 60) throw new LogUnavailable('lost on the way there')
  }
  store.hooks.after = () => {
    if (appends % 5 === 4 && appends < 60) throw new LogUnavailable('lost on the way back')
  }
  const keyRing = new InMemoryKeyRing()
  const deps = {
    store,
    codec: createCodec(keyRing),
    outcomes: new OutcomesOfLog(store),
    keptStates: new InMemoryKeptStates(),
    warn: (message: string) => t.fail(message),
  }
  const processes = [1, 2].map(() =>
    createAccessRecords({
      handler: createCommandHandler(deps),
      keyedHash: (...parts) => parts.join(' '),
      keyRing,
      findAsked: async () => [],
      clock: () => '2026-12-01T00:00:00.100Z',
      isAway: (error) => error instanceof LogUnavailable,
      warn: deps.warn,
    }),
  )
  const answered = new Set<string>()
  const exported = async (i: number, at: string): Promise<void> => {
    try {
      await processes[i % 2]?.record({ ...access(`export ${i}`, at), kind: 'export' })
      answered.add(`export ${i}`)
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error
    }
  }
  const exports: Promise<void>[] = []
  for (let i = 0; i < LOOKS; i += 1) {
    // A month ends on the way.
    const at = i < LOOKS / 2 ? '2026-11-30T23:59:59.900Z' : '2026-12-01T00:00:00.000Z'
    processes[i % 2]?.looked(access(`look ${i}`, at))
    if (i < EXPORTS) exports.push(exported(i, at))
  }
  await Promise.all(exports)
  const recorded = new Map<string, number>()
  await eventually('every look is on record', async () => {
    recorded.clear()
    for (const month of ['2026-11', '2026-12']) {
      for await (const page of store.readStream(`access-main.${month}`)) {
        for (const event of page) {
          const { asked, at } = event.data as unknown as RecordedAccess
          if (!at.startsWith(month)) t.fail(`${at} in ${month}`)
          const id = asked?.[0]?.value ?? ''
          recorded.set(id, (recorded.get(id) ?? 0) + 1)
        }
      }
    }
    return Array.from({ length: LOOKS }, (_, i) => `look ${i}`).every((id) => recorded.has(id))
  })
  t.ok(
    [...recorded.values()].every((times) => times === 1),
    'none twice',
  )
  t.ok(answered.size > 0)
  t.ok(
    [...answered].every((id) => recorded.has(id)),
    'what was answered is on record',
  )
  await Promise.all(processes.map((process) => process.close()))
})
