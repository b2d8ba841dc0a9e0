import type pg from 'pg'
import type { MaintenanceEvent } from '#domain/organisation/maintenance.ts'

type WithoutTime<Event> = Event extends { readonly type: infer Type; readonly data: infer Data }
  ? { readonly type: Type; readonly data: Omit<Data, 'at'> }
  : never

/** What was done; its time is that of the database. */
export type MaintenanceDone = WithoutTime<MaintenanceEvent>

/** Lets what is done become an event once the transaction that does it is committed. `actor`: null for the program itself. */
export async function noteMaintenance(
  client: Pick<pg.ClientBase, 'query'>,
  { type, data }: MaintenanceDone,
  actor: string | null,
): Promise<void> {
  await client.query(
    'insert into daybook.maintenance_outbox (actor, type, data) values ($1, $2, $3)',
    [actor, type, JSON.stringify(data)],
  )
}
