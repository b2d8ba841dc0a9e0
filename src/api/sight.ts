import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Database } from '#adapters/database/database.ts'
import type { CommandHandler } from '#commands/handler.ts'
import { UNMASKINGS_ID } from '#commands/operation.ts'
import { inForce, type Unmasking, unmaskings } from '#domain/identity/unmaskings.ts'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore } from '#log/event-store.ts'
import { codecFor, type Sight, seesEverybody, seesNobody } from '#log/sight.ts'
import { soon } from '#log/soon.ts'
import { maskedRows } from '#projections/masked-rows.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { type Caller, knownCaller } from './authentication.ts'
import { mayRole } from './permissions.ts'

const sights = new WeakMap<FastifyRequest, Sight>()
const used = new WeakMap<FastifyRequest, ReadonlySet<string>>()

/** Whose personal data the caller of a request sees: nobody's, until it is known who calls. */
export function sightOf(request: FastifyRequest): Sight {
  return sights.get(request) ?? seesNobody
}

/** From here on a request shows of what its caller sees only what is about these subjects. */
export function narrowSight(request: FastifyRequest, subjects: Iterable<string>): Sight {
  const wide = sightOf(request)
  const sees = new Set(subjects)
  const narrow = { ...wide, sees: wide.sees === 'everybody' ? sees : sees.intersection(wide.sees) }
  sights.set(request, narrow)
  return narrow
}

/** The unmaskings under which something personal may stand in a request's answer. */
export function unmaskingsOf(request: FastifyRequest): readonly string[] {
  return [...(used.get(request) ?? [])]
}

export interface SightDeps {
  readonly handler: Pick<CommandHandler, 'load'>
  /** UTC instant. */
  readonly clock: () => string
}

/**
 * Finds out for each request whose personal data its caller sees: by their role, or else by what was
 * granted to them, as it was at most a second ago. To be called after those who find out who calls.
 */
export function decideSights(app: FastifyInstance, deps: SightDeps): void {
  // Nothing is waited for where the role alone says it, as it mostly does.
  app.addHook('onRequest', (request, _reply, done) => {
    const caller = knownCaller(request)
    if (caller === undefined) return done()
    if (!maySee(caller, 'seePersonalData')) return void lookUp(deps, request, caller, done)
    sights.set(request, seesEverybody)
    done()
  })
}

async function lookUp(deps: SightDeps, request: FastifyRequest, caller: Caller, done: () => void) {
  sights.set(request, await grantedSight(deps, request, caller))
  done()
}

/** By their role; of a key with scopes, when it is among them. */
export function maySee(
  { role, scopes }: Caller,
  what: 'seePersonalData' | 'readRestricted',
): boolean {
  return mayRole(role, what) && scopes?.includes(what) !== false
}

async function grantedSight(
  { handler, clock }: SightDeps,
  request: FastifyRequest,
  { organisation, actor }: Caller,
): Promise<Sight> {
  if (organisation === '') return seesNobody
  try {
    const { state } = await soon(handler.load(unmaskings, organisation, UNMASKINGS_ID))
    const granted = inForce(state, actor, clock())
    if (granted.length === 0) return seesNobody
    const ofAll = granted.filter(([, { subject }]) => subject === undefined)
    const seesAll = ofAll.length > 0
    const onShown = (shown?: string) => {
      const isOfIt = ({ subject }: Unmasking) => shown === undefined || subject === shown
      const under = seesAll ? ofAll : granted.filter(([, one]) => isOfIt(one))
      used.set(request, new Set([...unmaskingsOf(request), ...under.map(([id]) => id)]))
    }
    const subjects = granted.flatMap(([, { subject }]) => subject ?? [])
    return { sees: seesAll ? 'everybody' : new Set(subjects), onShown }
  } catch (error) {
    // Queries go on without the log, whose grants nobody knows then.
    request.log.warn({ err: error }, 'whose personal data is unmasked is not known: all is masked')
    return seesNobody
  }
}

/** The log as the caller of a request sees it. The only way for a route to read what events say. */
export type SourceFor = (request: FastifyRequest) => {
  readonly log: EventStore
  readonly codec: Pick<EventCodec, 'decode'>
}

export function sourceFor(log: EventStore, codec: EventCodec): SourceFor {
  return (request) => ({ log, codec: codecFor(sightOf(request), codec) })
}

/** The database as seen with masks on everything personal. */
export function masked<Part extends Pick<Database, 'query'>>(database: Part): Part {
  return {
    ...database,
    query: (organisation, run) => database.query(organisation, (db) => run(throughMasks(db))),
  }
}

/** For so many subjects it is found out which of them were seen; of more, all may have been. */
const SUBJECTS_APART = 10

/**
 * What is asked of rows, as the caller of a request sees them. That something was seen under an unmasking is known
 * by what is answered without it: so it is asked once more where there is one, of the same state of the tables.
 */
export async function askedAsSeen<T>(
  request: FastifyRequest,
  ask: (sight: Sight) => Promise<T>,
): Promise<T> {
  const { sees, onShown } = sightOf(request)
  const found = await ask({ sees })
  if (onShown === undefined) return found
  const masked = await ask(seesNobody)
  if (isDeepStrictEqual(found, masked)) return found
  const subjects = sees === 'everybody' || sees.size > SUBJECTS_APART ? [] : [...sees]
  const seen: string[] = []
  for (const subject of subjects) {
    const isAlone = subjects.length === 1
    const alone = isAlone ? found : await ask({ sees: new Set([subject]) })
    if (!isDeepStrictEqual(alone, masked)) seen.push(subject)
  }
  if (seen.length === 0) onShown()
  for (const subject of seen) onShown(subject)
  return found
}

/** Queries of a database as a reader sees it. */
export function throughMasks(
  db: ReadonlyKysely<ReadModels>,
  sight: Sight = seesNobody,
): ReadonlyKysely<ReadModels> {
  return sight.sees === 'everybody' ? db : db.withPlugin(maskedRows(sight))
}
