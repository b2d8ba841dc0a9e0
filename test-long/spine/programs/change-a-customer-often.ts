import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { pino } from 'pino'
import { changeCustomerDetails } from '#commands/crm/change-customer-details.ts'
import { readConfig } from '#config'
import { openDaybook } from '../../../src/composition.ts'

/**
 * Changes a customer so many times, many at once, by the same operation as any caller, and then dies as
 * by kill -9: `change-a-customer-often.ts CUSTOMER TIMES`.
 */
const [customerId = '', times = '0'] = process.argv.slice(2)
const AT_ONCE = 1000

const daybook = await openDaybook(readConfig(process.env), {
  logger: pino({ level: 'warn' }, pino.destination(2)),
  what: 'a test',
})
const { operations, clock } = daybook

async function change(n: number): Promise<void> {
  const context = {
    organisation: 'main',
    actor: 'olga',
    commandId: randomUUID(),
    // As a caller with a key of their own.
    bodyHash: `hash-${n}`,
    correlationId: randomUUID(),
    now: clock(),
  }
  const { events } = await changeCustomerDetails(
    operations,
    { customerId, source: `source-${n}`, phone: `+4420${String(n).padStart(7, '0')}` },
    context,
    {},
  )
  if (events.length !== 1) throw new Error(`Change ${n} changed nothing`)
}

let next = 0
const writer = async (): Promise<void> => {
  while (next < Number(times)) await change(next++)
}
await Promise.all(Array.from({ length: AT_ONCE }, writer))
process.kill(process.pid, 'SIGKILL')
