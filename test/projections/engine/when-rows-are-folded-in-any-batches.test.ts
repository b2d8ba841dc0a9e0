import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import type pg from 'pg'
import t from 'tap'
import type { StoredEvent } from '#log/event-store.ts'
import { compareTables } from '#projections/engine/compare.ts'
import { fingerprint } from '#projections/engine/definition.ts'
import { foldLog } from '#projections/engine/fold-log.ts'
import { followingConnection } from '#projections/engine/following-connection.ts'
import { makeEmptyTables } from '#projections/engine/make-empty-tables.ts'
import { readEvents } from '#projections/engine/read-events.ts'
import { raiseEpoch } from '#projections/engine/registry.ts'
import { RowMemory } from '#projections/engine/row-memory.ts'
import { dropSchema } from '#projections/engine/schema.ts'
import { ShadowTables } from '#projections/engine/shadow-tables.ts'
import { TableWriter } from '#projections/engine/table-writer.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, history, plainCodec } from './support/history.ts'
import { contacts } from './support/toy-projections.ts'

/** At which statement of a batch the connection is lost, if at any. */
interface Fault {
  statement: number
  readonly when: 'before' | 'after'
}

const noFault = (): Fault => ({ statement: 0, when: 'before' })
const faults = fc.record<Fault>({
  statement: fc.integer({ min: 0, max: 4 }),
  when: fc.constantFrom('before', 'after'),
})

t.test(
  'live rows in any batches, with crashes, are the rows of a rebuild in any memory',
  async (t) => {
    const { database } = await testDatabase(t)
    const codec = plainCodec()
    const engine = await database.connect('engine')
    const client = await followingConnection(database)
    t.teardown(() => Promise.all([engine.end(), client.end()]))

    const lost = new Error('the connection is lost')
    let fault = noFault()
    const failing = {
      async query(statement: string | pg.QueryConfig, values?: unknown[]) {
        fault.statement -= 1
        if (fault.statement === 0 && fault.when === 'before') throw lost
        const answer = await client.query(statement as string, values)
        if (fault.statement === 0 && fault.when === 'after') throw lost
        return answer
      },
    } as unknown as pg.Client

    /**
     * Folds all events in batches of the given lengths. In each turn the connection may fail before any
     * of the batch's statements, or after one was carried out and before its answer came: the writer is
     * lost then, and another goes on from the checkpoint.
     */
    async function foldLive(
      log: readonly StoredEvent[],
      lengths: readonly number[],
      faults: readonly Fault[],
    ) {
      await dropSchema(engine, contacts.name, 'live')
      await engine.query('delete from daybook.projection')
      await makeEmptyTables(engine, contacts, 'postgres')
      let writer = await open()
      for (let turn = 0; writer.ordinal < log.length; turn += 1) {
        const at = writer.ordinal
        const stored = log.slice(at, at + (lengths[turn % lengths.length] ?? 1))
        const read = await readEvents(codec, stored, () => true)
        const position = stored.at(-1)?.position
        if (position === undefined) throw new Error('a batch without events')
        fault = { ...(faults[turn % faults.length] ?? noFault()) }
        try {
          await writer.apply({ ...read, position })
        } catch (error) {
          if (error !== lost) throw error
          writer = await open()
          assert.ok([at, at + stored.length].includes(writer.ordinal))
        }
      }
    }

    async function open() {
      fault = noFault()
      const own = fingerprint(contacts, 'postgres')
      const checkpoint = await raiseEpoch(client, contacts.name, 'live', own)
      if (checkpoint === undefined) throw new Error('no tables')
      return TableWriter.open(failing, contacts, 'live', checkpoint)
    }

    async function foldAtOnce(store: InMemoryEventStore, memoryBytes: number) {
      const shadow = await ShadowTables.open(contacts, 'verify', {
        database,
        memory: new RowMemory(memoryBytes),
        spillDirectory: tmpdir(),
        kept: false,
      })
      try {
        const signal = new AbortController().signal
        const folded = await foldLog([shadow], { store, codec, signal })
        assert.equal(folded.ordinal, store.log.length)
        await shadow.finish({ indexed: false })
      } finally {
        await shadow.close()
      }
    }

    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.array(faults, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(1, 3000, 10_000_000),
        async (happenings, lengths, faulty, pageSize, memoryBytes) => {
          const store = new InMemoryEventStore(pageSize)
          await append(store, happenings)
          await foldLive(store.log, lengths, [...faulty, noFault()])
          await foldAtOnce(store, memoryBytes)
          const compared = await compareTables(
            contacts,
            { client: engine, slot: 'live' },
            { client: engine, slot: 'verify' },
            5,
          )
          assert.deepEqual(compared.findings, [])
          assert.equal(compared.equal, true)
        },
      ),
      { numRuns: 25 },
    )
  },
)
