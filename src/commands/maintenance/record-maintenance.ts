import { type MaintenanceEvent, maintenance } from '#domain/organisation/maintenance.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { CommandHandler } from '../handler.ts'

/** Something that was done and has no event yet. */
export interface MaintenanceToRecord {
  readonly id: string
  readonly commandId: string
  /** Null: the program itself. */
  readonly actor: string | null
  readonly event: MaintenanceEvent
}

/** What was done with the installation, in the order in which it was. */
export interface MaintenanceOutbox {
  /** The oldest of them; none when all have their event. */
  oldest(): Promise<readonly MaintenanceToRecord[]>
  remove(id: string): Promise<void>
}

export interface MaintenanceDeps {
  readonly handler: Pick<CommandHandler, 'handle'>
  readonly outbox: MaintenanceOutbox
}

/** Of the installation there is one. */
export const MAINTENANCE_ID = 'installation'

/** What the program does by itself, it does as this actor. */
const PROGRAM = 'process:maintenance'

/**
 * Appends an event for each thing that was done, and only then forgets of it: a crash in between, or another
 * process that does the same, meets the event under the same command id. @returns how many
 *
 * @throws LogUnavailable, LogMoved: then what is left waits.
 */
export async function recordMaintenance(
  { handler, outbox }: MaintenanceDeps,
  now: () => string,
): Promise<number> {
  let recorded = 0
  for (;;) {
    const waiting = await outbox.oldest()
    if (waiting.length === 0) return recorded
    for (const { id, commandId, actor, event } of waiting) {
      const context = {
        organisation: INSTALLATION,
        actor: actor ?? PROGRAM,
        commandId,
        bodyHash: commandId,
        correlationId: commandId,
        now: now(),
      }
      const command = { type: 'RecordMaintenance', event } as const
      await handler.handle(maintenance, MAINTENANCE_ID, command, context)
      await outbox.remove(id)
      recorded += 1
    }
  }
}
