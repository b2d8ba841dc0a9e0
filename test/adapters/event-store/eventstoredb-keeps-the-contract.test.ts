import t from 'tap'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { eventStoreContract } from '#test/log/event-store-contract.ts'
import { nodeProcess, realServer } from '#test/support/eventstoredb.ts'

const open = (connectionString: string) => () => new EventStoreDbEventStore({ connectionString })

if (realServer === undefined) {
  const node = await nodeProcess(t)
  await eventStoreContract(t, {
    name: 'the EventStoreDB node of the tests',
    open: open(node.connectionString),
    async restart() {
      await node.kill()
      await node.start()
    },
  })
} else {
  await eventStoreContract(t, {
    name: 'the EventStoreDB server of EVENTSTOREDB_URL',
    open: open(realServer),
  })
}
