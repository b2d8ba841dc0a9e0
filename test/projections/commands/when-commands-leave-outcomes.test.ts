import t from 'tap'
import { commandOutcomes } from '#projections/commands/command-outcomes.ts'
import { foldInto, recorded, type Told } from '#test/projections/fold-runner.ts'

t.test('a command has one outcome for each stream that it wrote to', (t) => {
  const told = (saleId: string, commandId: string, bodyHash?: string): Told => ({
    event: { type: 'CustomerSaleNoted', data: { customerId: 'c-1', saleId } },
    stream: ['customer', saleId],
    metadata: { commandId, ...(bodyHash === undefined ? {} : { bodyHash }) },
  })
  const { outcome } = foldInto(
    commandOutcomes,
    recorded([
      told('a', 'first', 'h1'),
      told('a', 'first', 'h1'),
      told('b', 'first', 'h1'),
      told('a', 'second'),
    ]),
  )
  const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`
  const first = { command_id: 'first', body_hash: 'h1', actor: 'owner' }
  t.same(outcome, [
    {
      ...first,
      stream: 'customer-main.a',
      first_revision: 0,
      last_revision: 1,
      recorded_at: at(1),
    },
    {
      ...first,
      stream: 'customer-main.b',
      first_revision: 0,
      last_revision: 0,
      recorded_at: at(2),
    },
    {
      command_id: 'second',
      stream: 'customer-main.a',
      first_revision: 2,
      last_revision: 2,
      body_hash: null,
      actor: 'owner',
      recorded_at: at(3),
    },
  ])
  t.end()
})
