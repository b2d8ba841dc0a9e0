import { isOfAccessRecord } from '#domain/access/access-record.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { TestApi } from '#test/support/api.ts'
import { dig, owner } from '#test/support/server.ts'
import { faultsOf, problemFaults } from './faults.ts'
import type { Operation } from './openapi.ts'
import { type FuzzRequest, type Wire, wireOf } from './request.ts'
import { Speaker, type Spoken } from './speak.ts'
import { World } from './world.ts'

type Outcome = Readonly<Record<'headers' | 'body', Readonly<Record<string, unknown>>>> & {
  readonly status: number
}
/** What was sent, and what came of it. */
interface Tried {
  readonly operation: Operation
  readonly request: FuzzRequest
  readonly wire: Wire
  readonly answer: Spoken
  /** Organisations of the events that it appended to anybody's books. */
  readonly appended: readonly string[]
}

/** Sends requests to an API whose processes are still, and looks at what comes of each. */
export class Fuzz {
  readonly world: World
  /** Answers by operation and status. */
  readonly answers = new Map<Operation, Map<number, number>>()
  readonly #api: TestApi
  readonly #speaker: Speaker

  constructor(api: TestApi, port: number) {
    this.#api = api
    this.#speaker = new Speaker(port)
    this.world = new World(api)
  }

  close(): void {
    this.#speaker.close()
  }

  /** Sends one request; throws when anything about its answer, or about what it did, is not right. */
  async try(operation: Operation, request: FuzzRequest): Promise<void> {
    const wire = this.#wireOf(request)
    const { answer, appended } = await this.#say(wire)
    const counts = this.answers.get(operation) ?? new Map<number, number>()
    this.answers.set(operation, counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1))
    const tried = { operation, request, wire, answer, appended }
    const faults = [
      ...faultsOf(tried),
      ...this.#isolationFaults(tried),
      ...effectFaults(tried),
      ...(await this.#repeatFaults(tried)),
    ]
    if (faults.length > 0) throw new Error(told(faults, wire, answer))
    this.#learn(tried)
  }

  #wireOf(request: FuzzRequest): Wire {
    const { caller } = request
    const wire = wireOf(request, this.world.meanings(caller ?? owner))
    const bearer = caller === undefined ? {} : { authorization: `Bearer ${caller.token}` }
    return { ...wire, headers: { ...bearer, ...wire.headers } }
  }

  async #say(wire: Wire): Promise<Pick<Tried, 'answer' | 'appended'>> {
    const { log } = this.#api.daybook
    const before = await log.head()
    const answer = await this.#speaker.say(wire)
    const appended: string[] = []
    if (before === (await log.head())) return { answer, appended }
    for await (const page of log.readAll(before === undefined ? {} : { from: before })) {
      // Looks are put on record behind their answers, while others are asked.
      const ofBooks = page.filter(({ stream }) => !isOfAccessRecord(stream))
      appended.push(...ofBooks.map(({ metadata }) => metadata.organisation))
    }
    return { answer, appended }
  }

  #isolationFaults({ request, answer, appended }: Tried): readonly string[] {
    const { caller } = request
    if (caller === undefined) return appended.length > 0 ? ['nobody appended'] : []
    const leaked = this.world.leakedTo(caller, answer.text)
    // Users are the installation's, whoever invites them.
    const own = [caller.organisation, INSTALLATION]
    const strange = appended.find((organisation) => !own.includes(organisation))
    return [
      ...(leaked === undefined ? [] : [`tells of another organisation: ${leaked}`]),
      ...(strange === undefined ? [] : [`appended to ${strange}`]),
    ]
  }

  /** What was accepted answers the same command with the same key as the first time, and does nothing. */
  async #repeatFaults({ operation, wire, answer, appended }: Tried): Promise<readonly string[]> {
    const isKeyed = operation.isCommand && wire.headers['idempotency-key'] !== undefined
    if (answer.status >= 300 || !(isKeyed || operation.url === '/api/bulk')) return []
    const again = await this.#say(wire)
    if (operation.url === '/api/bulk') {
      const first = outcomesOf(answer)
      return outcomesOf(again.answer).flatMap((outcome, i) => differs(first[i], outcome))
    }
    if (again.appended.length > 0) return ['sent again it appended again']
    if (appended.length === 0) return []
    return differs(outcomeOf(answer), outcomeOf(again.answer))
  }

  #learn({ operation, request, answer }: Tried): void {
    const { caller } = request
    if (caller === undefined || answer.status >= 300) return
    const { location, link = '' } = answer.headers
    this.world.note(caller, location)
    const cursor = /cursor=([^&>]+)[^>]*>; rel="next"/.exec(String(link))?.[1]
    if (cursor === undefined) return
    const kind = `cursor:${operation.url}`
    this.world.add(caller.organisation, kind, decodeURIComponent(cursor))
  }
}

/** What is refused, or only looks, appends nothing. */
function effectFaults({ operation, wire, answer, appended }: Tried): readonly string[] {
  const looks = ['GET', 'HEAD'].includes(wire.method)
  const isBulk = operation.url === '/api/bulk' && answer.status === 200
  const outcomes = isBulk ? outcomesOf(answer) : []
  const refused = isBulk ? outcomes.every(({ status }) => status >= 300) : answer.status >= 300
  return [
    ...(appended.length > 0 && (looks || refused) ? [`${answer.status}, and appended`] : []),
    ...outcomes.flatMap(({ status, body }) =>
      status < 400 ? [] : problemFaults({ status, text: JSON.stringify(body) }, wire),
    ),
  ]
}

function outcomeOf({ status, headers, text }: Spoken): Outcome {
  return { status, headers, body: JSON.parse(text) as Outcome['body'] }
}

function outcomesOf({ status, text }: Spoken): readonly Outcome[] {
  return dig({ status, body: JSON.parse(text) }, 'data') as readonly Outcome[]
}

/** What had nothing to do, or was refused, is decided anew. */
function differs(first: Outcome | undefined, again: Outcome): readonly string[] {
  if (first === undefined || first.headers['daybook-position'] === undefined) return []
  const isSame =
    first.status === again.status &&
    again.headers['idempotency-replayed'] === 'true' &&
    JSON.stringify(toldAgain(first.body['data'])) === JSON.stringify(again.body['data'])
  return isSame ? [] : [`sent again it answers ${again.status} ${JSON.stringify(again.body)}`]
}

function told(faults: readonly string[], { method, url, headers, body }: Wire, answer: Spoken) {
  const sent = `${method} ${url.slice(0, 500)} ${JSON.stringify(headers).slice(0, 700)}`
  const text = body?.toString().slice(0, 2000) ?? ''
  return `${faults.join('; ')}\n${sent}\n${text}\n→ ${answer.status} ${answer.text.slice(0, 1500)}`
}

/** A secret is shown once. */
function toldAgain(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data
  const secrets = ['secret', 'token'].filter((field) => field in data)
  return { ...data, ...Object.fromEntries(secrets.map((field) => [field, null])) }
}
