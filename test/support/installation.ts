import { randomUUID } from 'node:crypto'
import pino from 'pino'
import type { Test } from 'tap'
import { commandIdOf } from '#commands/command-id.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import type { CommandContext } from '#commands/handler.ts'
import { type Config, readConfig } from '#config'
import { type Daybook, openDaybook } from '../../src/composition.ts'
import { testDatabase } from './database.ts'
import { dataFolder } from './private-postgres.ts'

/** Programs of a test that work on databases of their own, in this process. */

export const silent = pino({ level: 'silent' })

/** The configuration of an installation that is empty: a database and a data folder of its own. */
export async function emptyInstallation(
  t: Test,
  environment: Readonly<Record<string, string>>,
): Promise<Config> {
  const { url } = await testDatabase(t)
  return readConfig({ DAYBOOK_DATA: dataFolder(t), DATABASE_URL: url, ...environment })
}

export async function opened(t: Test, config: Config): Promise<Daybook> {
  const daybook = await openDaybook(config, { logger: silent, what: 'a test' })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= daybook.close())
  t.teardown(close)
  return { ...daybook, close }
}

export function contextOf(key: string = randomUUID()): CommandContext {
  const [organisation, actor] = ['main', 'owner']
  const commandId = commandIdOf({ organisation, actor, route: 'test', key })
  const now = new Date().toISOString()
  return { organisation, actor, commandId, bodyHash: 'body', correlationId: randomUUID(), now }
}

export async function customerAndSale({ operations }: Daybook, name: string, key?: string) {
  const { customerId } = await registerCustomer(operations, { name }, contextOf())
  const sale = await recordSale(
    operations,
    { customerId, document: { amount: 10_000n } },
    contextOf(key),
  )
  return { customerId, sale }
}
