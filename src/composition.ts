import type { Logger } from 'pino'
import { createPostgresApiKeys } from '#adapters/api-keys/postgres-api-keys.ts'
import { createPostgresAuditTrail } from '#adapters/audit-trail/postgres-audit-trail.ts'
import { createPostgresCommandOutcomes } from '#adapters/commands/postgres-command-outcomes.ts'
import { createPostgresKeptStates } from '#adapters/commands/postgres-kept-states.ts'
import type { Database } from '#adapters/database/database.ts'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { maintenanceOutbox } from '#adapters/database/maintenance-outbox.ts'
import { openDatabase } from '#adapters/database/open-database.ts'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { argon2Passwords } from '#adapters/identity/argon2-passwords.ts'
import { postgresIdentity } from '#adapters/identity/postgres-identity.ts'
import { erasedIn } from '#adapters/keys/erased-in.ts'
import { notingErasures } from '#adapters/keys/erasure-list.ts'
import { openKeyedHash } from '#adapters/keys/keyed-hash.ts'
import { type MasterKeys, openMasterKeys } from '#adapters/keys/master-keys.ts'
import { organisationsKnowing } from '#adapters/keys/organisations-knowing.ts'
import { createPostgresKeyRing, type PostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { placeOf } from '#adapters/log-home/home.ts'
import { leased } from '#adapters/log-home/leased-event-store.ts'
import { takeUpHome } from '#adapters/log-home/take-up-home.ts'
import { WriteLease } from '#adapters/log-home/write-lease.ts'
import { createOpenIdConnect } from '#adapters/oidc/openid-connect.ts'
import {
  createAskedFinder,
  createDocumentFinder,
  createLinkFinder,
} from '#adapters/privacy/documents-of-person.ts'
import { createRestrictedFinder, findRestrictedIn } from '#adapters/privacy/restricted-persons.ts'
import { vacuumErased } from '#adapters/privacy/vacuum-erased.ts'
import { createPostgresCheckpoints } from '#adapters/processes/postgres-checkpoints.ts'
import { type AccessRecords, createAccessRecords } from '#commands/access/record-accesses.ts'
import type { AuditTrail } from '#commands/audit-trail.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import type { CommandHandler } from '#commands/handler.ts'
import type { ApiKeys } from '#commands/identity/api-keys.ts'
import type { UserErasureDeps } from '#commands/identity/erase-user.ts'
import type { IdentityDeps } from '#commands/identity/identity-deps.ts'
import { type OperationDeps, operationDeps } from '#commands/operation.ts'
import {
  type FindDocumentsOfPerson,
  type FindLinkedCustomers,
  NotReadYet,
} from '#commands/privacy/documents-of-person.ts'
import type { Config } from '#config'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { EventCodec } from '#log/codec.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogMoved, LogUnavailable } from '#log/errors.ts'
import type { EventStore } from '#log/event-store.ts'
import type { KeyedHash, KeyRing } from '#log/key-ring.ts'
import { allProcesses } from '#processes/all.ts'
import { createProcessRunner } from '#processes/create-runner.ts'
import {
  createMaintenanceRecord,
  type MaintenanceRecordDeps,
} from '#processes/maintenance-is-recorded.ts'
import type { ProcessRunner } from '#processes/process.ts'
import { createTermsEnd } from '#processes/terms-end.ts'
import type { Watch } from '#processes/watch.ts'
import { projections as allProjections, projectionsWith } from '#projections/all.ts'
import { createEngine } from '#projections/engine/engine.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'

/** Everything that server and command line are made of, over one database and one log. */
export interface Daybook {
  readonly config: Config
  readonly logger: Logger
  readonly database: Database
  readonly log: EventStore
  readonly masterKeys: MasterKeys
  readonly keyRing: KeyRing
  readonly keyedHash: KeyedHash
  readonly codec: EventCodec
  readonly handler: CommandHandler
  readonly operations: OperationDeps
  readonly identity: IdentityDeps
  readonly engine: ProjectionEngine
  readonly processes: ProcessRunner
  /** These run where processes run. */
  readonly termsEnd: Watch
  readonly maintenanceRecord: Watch
  readonly findDocuments: FindDocumentsOfPerson
  readonly findLinked: FindLinkedCustomers
  readonly findKnowing: UserErasureDeps['findKnowing']
  readonly auditTrail: AuditTrail
  readonly accessRecords: AccessRecords
  readonly apiKeys: ApiKeys
  /** UTC instant. */
  readonly clock: () => string
  /** Lets go of everything, in the order in which things need each other. Commands must have ended. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly logger: Logger
  /** Who opens it, as others on the same data folder are told: `daybook server`. */
  readonly what: string
  /** Told once when the log is on its way to where this program is configured for; it is then waited for. */
  readonly onWaitForLog?: (place: string) => void
}

/**
 * Opens database, log and keys as the configuration says, and makes what works on them. Nothing runs
 * yet: `engine.start` and `processes.start` follow the log.
 *
 * @throws what `openDatabase` and `openMasterKeys` throw, EventStoreDbUnusable, and LogMoved when the log is
 *   somewhere else; each message says what to do.
 */
export async function openDaybook(config: Config, options: OpenOptions): Promise<Daybook> {
  const { logger, what } = options
  const database = await openDatabase(config, { log: logger, what })
  try {
    await takeUpHome(database, logOf(config), options.onWaitForLog)
    return await composeDaybook(config, logger, database)
  } catch (error) {
    await database.close()
    throw error
  }
}

/** As `openDaybook`, on a database that is open already and is closed with the rest; `clock`: UTC instant. */
export async function composeDaybook(
  config: Config,
  logger: Logger,
  database: Database,
  clock: () => string = () => new Date().toISOString(),
): Promise<Daybook> {
  const { log, masterKeys, keyedHash } = await openLogAndKeys(config, database)
  const inPostgres = keyRingOf(database, masterKeys)
  const keyRing = notingErasures(inPostgres, config.erasuresFile, clock)
  const codec = createCodec(keyRing)
  const warn = (message: string, cause: unknown): void => logger.warn({ err: cause }, message)
  const handler = createCommandHandler({
    store: log,
    codec,
    outcomes: createPostgresCommandOutcomes(database.writer),
    keptStates: createPostgresKeptStates(database.writer),
    cachedStreams: config.limits.cachedStates,
    warn,
  })
  const apiKeys = createPostgresApiKeys({ database, handler, clock, warn })
  const projections = projectionsWith(keyedHash)
  const engine = createEngine({ projections, store: log, codec, database, logger })
  const checkpoints = createPostgresCheckpoints(database, log.kind)
  const parts = { store: log, codec, checkpoints, clock, warn }
  const erasing = makeErasing(config, { handler, keyRing, keyedHash, engine, database, log })
  const identity = { handler, keyedHash, ...identityOf(config, database, logger) }
  const processes = createProcessRunner(allProcesses({ ...identity, ...erasing, apiKeys }), parts)
  const termsEnd = createTermsEnd({ ...erasing, clock, warn })
  const maintenanceRecord = maintenanceRecordOf({ handler, database, clock, warn })
  const auditTrail = createPostgresAuditTrail({ pool: database.writer, warn })
  const accessRecords = createAccessRecords({ ...erasing, clock, isAway, warn })
  return {
    config,
    logger,
    database,
    log,
    masterKeys,
    keyRing,
    keyedHash,
    codec,
    handler,
    operations: operationDeps(handler, keyedHash),
    identity,
    engine,
    processes,
    termsEnd,
    maintenanceRecord,
    findDocuments: erasing.findDocuments,
    findLinked: erasing.findLinked,
    findKnowing: erasing.findKnowing,
    auditTrail,
    accessRecords,
    apiKeys,
    clock,
    async close() {
      // Whatever fails to end must not keep the rest open. Read models say whose it is what was looked at.
      await Promise.all([termsEnd.stop(), maintenanceRecord.stop(), accessRecords.close()])
      await processes.stop().catch((error: unknown) => warn('processes did not end', error))
      await engine.stop().catch((error: unknown) => warn('projections did not end', error))
      await handler.close().catch((error: unknown) => warn('states were not kept', error))
      await auditTrail.close()
      await apiKeys.close()
      await identity.sessions.close()
      await inPostgres.close()
      await log.close().catch((error: unknown) => warn('the log did not close', error))
      await database.close()
    },
  }
}

function maintenanceRecordOf({
  database,
  ...deps
}: Pick<Daybook, 'database'> & Omit<MaintenanceRecordDeps, 'outbox'>): Watch {
  return createMaintenanceRecord({ ...deps, outbox: maintenanceOutbox(database.writer) })
}

/** Nothing is wrong with what was to be written: it can be written later. */
function isAway(error: unknown): boolean {
  const isOfLog = error instanceof LogUnavailable || error instanceof LogMoved
  return isOfLog || error instanceof NotReadYet || isDatabaseUnavailable(error)
}

function keyRingOf(database: Database, masterKeys: MasterKeys): PostgresKeyRing {
  const connect = () => database.connect('writer', { name: 'daybook erasures', lease: true })
  return createPostgresKeyRing({ pool: database.writer, masterKeys, connect })
}

/** What users prove themselves by. */
function identityOf(
  { openIdConnect }: Config,
  database: Database,
  logger: Logger,
): Omit<IdentityDeps, 'handler' | 'keyedHash'> {
  const connect = () => database.connect('writer', { name: 'daybook sessions', lease: true })
  const kept = postgresIdentity({ pool: database.writer, connect })
  const identityProvider =
    openIdConnect && createOpenIdConnect(openIdConnect, (message) => logger.warn(message))
  return { ...kept, passwordHashing: argon2Passwords(), identityProvider }
}

type ErasingParts = Pick<
  Daybook,
  'handler' | 'keyRing' | 'keyedHash' | 'engine' | 'database' | 'log'
>

/** What whoever is to be forgotten is found by. */
function makeErasing({ limits }: Config, parts: ErasingParts) {
  const { database } = parts
  const deadlineMs = limits.waitDeadlineMs
  return {
    ...parts,
    findDocuments: createDocumentFinder({ ...parts, deadlineMs }),
    findLinked: createLinkFinder({ ...parts, deadlineMs }),
    findAsked: createAskedFinder({ ...parts, deadlineMs }),
    vacuumErased: vacuumErased({ ...parts, projections: allProjections, deadlineMs }),
    findKnowing: (userId: string) => organisationsKnowing(database.writer, userId),
    findErasedUsers: () => erasedIn(database.writer, INSTALLATION),
    findRestricted: findRestrictedIn(database.writer, { ...parts, deadlineMs }),
    findEnding: createRestrictedFinder(database.writer),
  }
}

async function openLogAndKeys(config: Config, database: Database) {
  const log = await openLog(config, database)
  try {
    return { log, ...(await openKeys(config, database)) }
  } catch (error) {
    await log.close()
    throw error
  }
}

/** After the log: a start that fails for want of one leaves no key behind. */
async function openKeys({ masterKeys: configured, dataDir }: Config, database: Database) {
  const masterKeys = await openMasterKeys({ configured, dataDir, database: database.writer })
  return { masterKeys, keyedHash: await openKeyedHash(database.writer, masterKeys) }
}

/** A log that cannot be used is told now, with what to do, and not by the first command. */
async function openLog(
  { eventStoreDbUrl, limits }: Config,
  database: Database,
): Promise<EventStore> {
  const deadlineMs = limits.commandDeadlineMs
  if (eventStoreDbUrl === undefined) return new PostgresEventStore({ database, deadlineMs })
  const lease = new WriteLease({ pool: database.writer, deadlineMs })
  const mayAppend = (): boolean => lease.isValid
  const connectionString = eventStoreDbUrl
  const log = new EventStoreDbEventStore({ connectionString, deadlineMs, mayAppend })
  try {
    await log.check()
    return leased(log, lease)
  } catch (error) {
    await log.close()
    throw error
  }
}

/** Which log the configuration names, and where that is, for people. */
function logOf({ eventStoreDbUrl, databaseUrl }: Config) {
  if (eventStoreDbUrl !== undefined) {
    return { kind: 'eventstoredb', place: placeOf(eventStoreDbUrl) } as const
  }
  const place = databaseUrl === undefined ? 'the embedded PostgreSQL' : placeOf(databaseUrl)
  return { kind: 'postgres', place } as const
}
