import type { Logger } from 'pino'
import type { Database } from '#adapters/database/database.ts'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore } from '#log/event-store.ts'

/** What every part of the engine works with. */
export interface EngineParts {
  readonly store: EventStore
  readonly codec: EventCodec
  readonly database: Database
  readonly logger: Logger
  /** Roughly how much memory the rows of a rebuild may take; the rest goes to a file. */
  readonly memoryBytes: number
  /** Where that file is made. It has no name and vanishes with the process. */
  readonly spillDirectory: string
}
