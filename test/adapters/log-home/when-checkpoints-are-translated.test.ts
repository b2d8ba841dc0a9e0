import t from 'tap'
import { raiseFence } from '#adapters/log-home/fence.ts'
import { readHome } from '#adapters/log-home/home.ts'
import { type Move, moveHome } from '#adapters/log-home/move.ts'
import type { Position } from '#log/event-store.ts'
import { commandOutcomes } from '#projections/commands/command-outcomes.ts'
import { fingerprint } from '#projections/engine/definition.ts'
import { eventIndex } from '#projections/log/event-index.ts'
import { testDatabase } from '#test/support/database.ts'

/** The version before the one that is live. */
const before = { ...commandOutcomes, version: commandOutcomes.version - 1 }

/** The event of ordinal n is at n in the one log, and at 100n:7 in the other. */
const move: Move = {
  from: 'postgres',
  to: 'eventstoredb',
  place: 'esdb://there',
  projections: [{ ...commandOutcomes, previous: before }, eventIndex],
  ordinalAt: async (position) => (/^\d+$/.test(position) ? Number(position) : undefined),
  positionAt: async (ordinal) => (ordinal === 0 ? undefined : (`${100 * ordinal}:7` as Position)),
}

t.test(
  'checkpoints say the same ordinal in the other log, what is not known is left',
  async (t) => {
    const { database } = await testDatabase(t)
    const { engine } = database
    const known = fingerprint(commandOutcomes, 'postgres')
    const indexed = fingerprint(eventIndex, 'postgres')
    const rows = [
      ['command_outcomes', 'command_outcomes', known, '17', 17],
      ['command_outcomes__kept', 'command_outcomes', fingerprint(before, 'postgres'), '4', 4],
      ['event_index', 'event_index', indexed, null, 0],
      ['event_index__kept', 'event_index', indexed, '9', 8],
      ['ledger', 'ledger', 'of another version', '17', 17],
    ] as const
    for (const row of rows) {
      await engine.query(
        `insert into daybook.projection (schema_name, name, version, fingerprint, position, ordinal, epoch)
       values ($1, $2, 1, $3, $4, $5, 3)`,
        [...row],
      )
    }
    await engine.query(
      `insert into daybook.process_checkpoint (process, position, epoch)
     values ('one', '12', 5), ('new', null, 1), ('astray', '3:3', 2)`,
    )
    const client = await database.connect('engine')
    t.teardown(() => client.end())
    await t.rejects(moveHome(client, move), { name: 'MoveRefused' }, 'not without a fence')
    await raiseFence(client, 'postgres')
    t.strictSame(await moveHome(client, move), {
      translated: 5,
      left: ['event_index__kept', 'ledger', 'astray'],
    })
    const { rows: there } = await engine.query(
      `select schema_name, fingerprint, position, ordinal, epoch from daybook.projection order by 1`,
    )
    const moved = fingerprint(commandOutcomes, 'eventstoredb')
    t.same(there.map(Object.values), [
      ['command_outcomes', moved, '1700:7', '17', '4'],
      ['command_outcomes__kept', fingerprint(before, 'eventstoredb'), '400:7', '4', '5'],
      ['event_index', fingerprint(eventIndex, 'eventstoredb'), null, '0', '4'],
      ['event_index__kept', indexed, '9', '8', '3'],
      ['ledger', 'of another version', '17', '17', '3'],
    ])
    const { rows: processes } = await engine.query(
      'select process, position, epoch from daybook.process_checkpoint order by 1',
    )
    t.same(processes.map(Object.values), [
      ['astray', '3:3', '2'],
      ['new', null, '2'],
      ['one', '1200:7', '6'],
    ])
    t.match(await readHome(engine), { holder: 'eventstoredb', place: 'esdb://there' })
    await t.rejects(moveHome(client, move), { name: 'MoveRefused' }, 'the fence is gone')
  },
)
