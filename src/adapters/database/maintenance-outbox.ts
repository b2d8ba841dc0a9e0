import type pg from 'pg'
import type {
  MaintenanceOutbox,
  MaintenanceToRecord,
} from '#commands/maintenance/record-maintenance.ts'
import type { MaintenanceEvent } from '#domain/organisation/maintenance.ts'

/** Some at a time: each is an append. */
const PAGE = 100

export function maintenanceOutbox(pool: pg.Pool): MaintenanceOutbox {
  return {
    async oldest() {
      const { rows } = await pool.query<MaintenanceToRecord & { readonly at: string }>(
        `select id, command_id as "commandId", actor, at, json_build_object('type', type, 'data', data) as event
         from daybook.maintenance_outbox order by id limit ${PAGE}`,
      )
      return rows.map(({ at, event, ...row }) => {
        const data = { ...event.data, at: new Date(at).toISOString() }
        return { ...row, event: { ...event, data } as MaintenanceEvent }
      })
    },
    async remove(id) {
      await pool.query('delete from daybook.maintenance_outbox where id = $1', [id])
    },
  }
}
