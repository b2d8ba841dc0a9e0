import {
  type MaintenanceDeps,
  recordMaintenance,
} from '#commands/maintenance/record-maintenance.ts'
import { createWatch, type Watch } from './watch.ts'

export interface MaintenanceRecordDeps extends MaintenanceDeps {
  /** UTC instant. */
  readonly clock: () => string
  readonly warn: (message: string, cause: unknown) => void
}

const LOOK_EVERY_MS = 2000

/** What was done with the installation, by a server or the command line, becomes an event. */
export function createMaintenanceRecord({ clock, warn, ...deps }: MaintenanceRecordDeps): Watch {
  const look = (): Promise<number> => recordMaintenance(deps, clock)
  const failure = 'What was done with the installation is recorded later'
  return createWatch({ look, everyMs: LOOK_EVERY_MS, failure, warn })
}
