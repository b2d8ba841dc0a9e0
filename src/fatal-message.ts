import { asDatabaseError } from '#adapters/database/errors.ts'

/** Errors whose message is written for whoever starts the program or a command: what is wrong, and what to do. */
const TOLD = new Set([
  'CommandLineError',
  'ConfigError',
  'FolderInUse',
  'EmbeddedPostgresError',
  'SchemaTooNew',
  'MissingPrivileges',
  'DatabaseUnavailable',
  'LogUnavailable',
  'EventStoreDbUnusable',
  'LogMoved',
  'CopyRefused',
  'MoveRefused',
  'RebuildInProgress',
  'NotBuilt',
  'NothingKept',
  'RollbackRefused',
  'MasterKeyError',
  'KeyUnavailable',
  'RotationRefused',
  'TokensError',
  'ImportRefused',
  'BrokenFile',
  'KeysRefused',
  'BackupRefused',
])

/** Why the program cannot start, in one message without a stack; a fault of ours with it. */
export function fatalMessage(thrown: unknown): string {
  const error = asDatabaseError(thrown)
  if (!(error instanceof Error)) return String(error)
  if (TOLD.has(error.name)) return error.message
  if ('code' in error && error.code === 'EADDRINUSE') {
    const { port } = error as { readonly port?: number }
    return `Port ${port} is in use. Stop what listens there, or choose another with PORT.`
  }
  if ('code' in error && error.code === 'EACCES') return `Not allowed: ${error.message}`
  return error.stack ?? error.message
}
