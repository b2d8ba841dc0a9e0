/**
 * What a backup does with each table that is not a read model. `log`, `keys` and `manifest` have files of
 * their own; `records` and `credentials` are kept row by row, in a file of each; `made_anew` is not kept, for
 * the reason given.
 */
export type TableDecision =
  | 'log'
  | 'keys'
  | 'manifest'
  | 'records'
  | 'credentials'
  | { readonly made_anew: string }

/** A table that stands neither here nor in a projection's schema fails a test: decide, and say why. */
export const tableDecisions: Readonly<Record<string, TableDecision>> = {
  'log.events': 'log',
  'log.home': { made_anew: 'says where the log is, and a restore puts it somewhere else' },
  'log.writer': { made_anew: 'leases of processes that are gone' },
  'daybook.subject_key': 'keys',
  'daybook.process_checkpoint': 'manifest',
  'daybook.refusal': 'records',
  'daybook.projection_history': 'records',
  'daybook.key_history': 'records',
  'daybook.maintenance_outbox': 'records',
  'daybook.unchanged_outcome': 'records',
  'daybook.configuration': { made_anew: 'what the next server is started with' },
  // Hashes: nobody signs in by them, and who has them can try passwords as fast as they like.
  'identity.api_key': 'credentials',
  'identity.password': 'credentials',
  'daybook.master_key': { made_anew: 'a restore wraps every key by the master key in use there' },
  'daybook.kept_state': { made_anew: 'a cache of what the log says' },
  'daybook.projection': { made_anew: 'read models are folded from the log again' },
  'daybook.projection_context': { made_anew: 'folded from the log, with the read models' },
  'daybook.projection_loop': { made_anew: 'who follows the log, which is nobody after a restore' },
  'daybook.projection_rebuild': { made_anew: 'progress of rebuilds that are over' },
  'identity.one_time_link': { made_anew: 'they are over soon: daybook user reset' },
  'identity.session': { made_anew: 'who was signed in signs in again' },
  'identity.access_token': { made_anew: 'of sessions, which are over' },
  'identity.refresh_token': { made_anew: 'of sessions, which are over' },
  'identity.sign_in_attempts': { made_anew: 'counts of the last hours' },
  'identity.known_address': { made_anew: 'learned again when people sign in' },
  'daybook.migration': { made_anew: 'the schema is made by migrations; the manifest names them' },
  'daybook.migration_lock': { made_anew: 'held while migrations run' },
}

/** The tables of which one thing is decided, in one order. */
export function tablesDecided(decision: 'records' | 'credentials'): readonly string[] {
  return Object.keys(tableDecisions).filter((table) => tableDecisions[table] === decision)
}
