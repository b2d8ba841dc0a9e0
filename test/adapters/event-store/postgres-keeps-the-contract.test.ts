import t from 'tap'
import { eventStoreContract } from '#test/log/event-store-contract.ts'
import { privateLog } from '#test/support/private-log.ts'

const { open, restart } = await privateLog(t)

await eventStoreContract(t, { name: 'PostgreSQL', open, restart })
