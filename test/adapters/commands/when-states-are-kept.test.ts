import t from 'tap'
import { createPostgresCommandOutcomes } from '#adapters/commands/postgres-command-outcomes.ts'
import { createPostgresKeptStates } from '#adapters/commands/postgres-kept-states.ts'
import { testDatabase } from '#test/support/database.ts'

t.test('the newer of two states stays', async (t) => {
  const { database } = await testDatabase(t)
  const states = createPostgresKeptStates(database.writer)
  const stream = 'sale-main.s1'
  const state = { note: 'ناقص ♥', list: [1, null, { a: '12' }] }
  const kept = { stream, revision: 199, stateVersion: 1, state }
  t.equal(await states.find(stream), undefined)
  await states.keep(kept)
  t.same(await states.find(stream), kept)
  await states.keep({ ...kept, revision: 99, state: {} })
  t.same(await states.find(stream), kept, 'an older one changes nothing')
  await states.keep({ ...kept, revision: 99, stateVersion: 2 })
  t.match(await states.find(stream), { revision: 99, stateVersion: 2 }, 'a newer version does')
  const [found, none] = await Promise.all([states.find(stream), states.find('sale-main.s2')])
  t.match(found, { stream })
  t.equal(none, undefined)
  await states.drop(stream)
  t.equal(await states.find(stream), undefined)
})

t.test('without its projection the table of outcomes knows nothing, and says so', async (t) => {
  const { database } = await testDatabase(t)
  const outcomes = createPostgresCommandOutcomes(database.writer)
  const asked = { organisation: 'main', commandId: 'one', stream: 'sale-main.s1' }
  let connected = 0
  database.writer.on('connect', () => (connected += 1))
  for (let i = 0; i < 10; i++) {
    t.same(await outcomes.find(asked), { seen: undefined, bodyHash: undefined, outcome: undefined })
  }
  t.ok(connected <= 1, 'a statement that fails costs its connection, so it is not tried every time')
})

t.test('an outcome is found by command and stream, its body by the command alone', async (t) => {
  const { database } = await testDatabase(t)
  await database.engine.query(`
    create schema command_outcomes;
    create table command_outcomes.outcome (
      organisation text, command_id text, stream text, first_revision integer,
      last_revision integer, position text, body_hash text);
    insert into command_outcomes.outcome values
      ('main', 'one', 'sale-main.s1', 3, 5, '17', 'hash'),
      ('other', 'one', 'sale-other.s1', 0, 0, '18', 'other hash');
    insert into daybook.projection (schema_name, name, version, fingerprint, position)
      values ('command_outcomes', 'command_outcomes', 1, 'f', '18');
    select daybook.publish_schema('command_outcomes')`)
  const outcomes = createPostgresCommandOutcomes(database.writer)
  const find = (commandId: string, stream: string) =>
    outcomes.find({ organisation: 'main', commandId, stream })
  const outcome = { firstRevision: 3, lastRevision: 5, bodyHash: 'hash' }
  const answers = await Promise.all([
    find('one', 'sale-main.s1'),
    find('one', 'sale-main.s2'),
    find('two', 'sale-main.s1'),
  ])
  t.same(answers, [
    { seen: '18', bodyHash: 'hash', outcome },
    { seen: '18', bodyHash: 'hash', outcome: undefined },
    { seen: '18', bodyHash: undefined, outcome: undefined },
  ])
})
