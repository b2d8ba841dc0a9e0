import { randomUUID } from 'node:crypto'
import process from 'node:process'
import type { CommandContext } from '#commands/handler.ts'
import { customer } from '#domain/crm/customer.ts'
import { closedLoop } from '../support/closed-loop.ts'
import { openBenchDaybook } from '../support/open-store.ts'

/**
 * Changes of customers' details at the command handler, decided and encoded as the API has them: 64
 * callers, all on one customer (BENCH_STREAMS=1) or going round twenty customers each.
 */
const CALLERS = 64
const isHot = process.env['BENCH_STREAMS'] === '1'
const isKeyed = process.env['BENCH_KEYED'] === 'yes'
const daybook = await openBenchDaybook()
const { handler, keyedHash } = daybook
// Keys are looked up in a table that the engine fills.
if (isKeyed) await daybook.engine.start()
const customers = Array.from({ length: isHot ? 1 : CALLERS * 20 }, () => randomUUID())
const now = '2026-01-01T12:00:00.000Z'
const source = (n: number): string => `campaign-${n}`

function context(): CommandContext {
  const commandId = randomUUID()
  const base = { organisation: 'bench', actor: 'bench', commandId, correlationId: commandId, now }
  return isKeyed ? { ...base, bodyHash: keyedHash('bodyHash', commandId) } : base
}

const registration = {
  type: 'RegisterCustomer',
  agent: 'bench',
  status: 'lead',
  occurredOn: '2026-01-01',
  today: '2026-01-01',
  name: 'A Customer',
} as const
await Promise.all(
  customers.map((customerId) =>
    handler.handle(customer, customerId, { ...registration, customerId }, context()),
  ),
)

let sent = 0
await closedLoop(CALLERS, 'commands/s', (caller) => {
  const own = isHot ? customers : customers.slice(caller * 20, caller * 20 + 20)
  let n = 0
  return async () => {
    const customerId = own[n++ % own.length] as string
    const command = { type: 'ChangeCustomerDetails', customerId, source: source(sent++) } as const
    const { events } = await handler.handle(customer, customerId, command, context())
    if (events.length !== 1) throw new Error('A command said nothing')
  }
})
await daybook.close()
