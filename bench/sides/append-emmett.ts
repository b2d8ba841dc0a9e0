import { appendLoad } from '../support/append-load.ts'
import { openEmmett } from '../support/emmett.ts'

const store = await openEmmett()
await appendLoad((stream, event, revision) =>
  store.appendToStream(
    stream,
    [{ type: event.type, data: event.data, metadata: event.metadata }] as never,
    { expectedStreamVersion: revision === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(revision) },
  ),
)
await store.close()
