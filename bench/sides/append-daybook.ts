import { appendLoad } from '../support/append-load.ts'
import { openStore } from '../support/open-store.ts'

const { database, store } = await openStore()
await appendLoad((stream, event, revision) =>
  store.append(stream, [event], revision === 0 ? 'no_stream' : revision - 1),
)
await store.close()
await database.close()
