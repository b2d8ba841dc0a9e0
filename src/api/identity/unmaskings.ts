import { z } from 'zod'
import { endUnmasking } from '#commands/identity/end-unmasking.ts'
import { type GrantUnmaskingDeps, grantUnmasking } from '#commands/identity/grant-unmasking.ts'
import { type OperationDeps, UNMASKINGS_ID } from '#commands/operation.ts'
import { UNMASKING_DAYS_MAX, unmaskings } from '#domain/identity/unmaskings.ts'
import { Rejection } from '#domain/rejection.ts'
import { streamName } from '#log/stream-name.ts'
import { answeredRows } from '../access/on-record.ts'
import type { App } from '../app-type.ts'
import { type CallerName, callerOf, refuseWithout } from '../authentication.ts'
import { createdAnswer, doneAnswer, needData } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { answer, done, problems } from '../envelope.ts'
import { idIn, instantIn } from '../fields.ts'
import { may } from '../permissions.ts'
import type { SourceFor } from '../sight.ts'

export interface UnmaskingDeps {
  readonly operations: OperationDeps
  readonly keyRing: GrantUnmaskingDeps['keyRing']
  readonly configuredCallers?: readonly CallerName[]
  readonly run: RunCommand
  readonly sourceFor: SourceFor
  /** UTC instant. */
  readonly clock: () => string
}

const path = '/api/unmaskings'
const tags = ['access']
const byId = z.strictObject({ id: idIn })

const granted = {
  id: z.string(),
  actor: z.string().describe('Who sees personal data that their role has no right to.'),
  until: z.string().describe('From then on no more.'),
  subject: z.string().nullable().describe('Whose personal data; null: everybody’s.'),
  reason: z.string(),
}
const grantedOut = z.strictObject(granted).meta({ id: 'UnmaskingGranted' })
const unmaskingOut = z
  .strictObject({
    ...granted,
    grantedBy: z.string(),
    grantedAt: z.string(),
    ended: z
      .strictObject({ by: z.string(), at: z.string() })
      .nullable()
      .describe('Before its time was over.'),
    inForce: z.boolean(),
  })
  .meta({ id: 'Unmasking' })
type UnmaskingOut = z.output<typeof unmaskingOut>

/** Who sees personal data for a time that their role has no right to, and why. */
export function addUnmaskings(app: App, deps: UnmaskingDeps): void {
  addReads(app, deps)
  addGrant(app, deps)
  addEnd(app, deps)
}

function addReads(app: App, { sourceFor, clock }: UnmaskingDeps): void {
  const found = (request: Parameters<SourceFor>[0]) =>
    allOf(sourceFor(request), callerOf(request).organisation, clock())
  app.get(
    path,
    {
      ...may('audit'),
      schema: {
        tags,
        summary: 'All that were ever granted, the latest first',
        response: { 200: answer(z.array(unmaskingOut), z.strictObject({})), ...problems },
      },
    },
    async (request) => {
      const data = [...(await found(request)).values()].toReversed()
      answeredRows(request, data.length)
      return { success: true as const, data, meta: {} }
    },
  )
  app.get(
    `${path}/:id`,
    {
      ...may('audit'),
      schema: {
        tags,
        summary: 'One of them',
        params: byId,
        response: { 200: answer(unmaskingOut, z.strictObject({})), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const data = (await found(request)).get(id)
      if (data === undefined) throw new Rejection('UNMASKING_UNKNOWN', { unmaskingId: id })
      answeredRows(request, 1)
      return { success: true as const, data, meta: {} }
    },
  )
}

/** From their events, which say why: a state would keep that beside the log, where no key protects it. */
async function allOf(
  { log, codec }: ReturnType<SourceFor>,
  organisation: string,
  now: string,
): Promise<ReadonlyMap<string, UnmaskingOut>> {
  const found = new Map<string, UnmaskingOut>()
  const stream = streamName(unmaskings.category, organisation, UNMASKINGS_ID)
  for await (const page of log.readStream(stream)) {
    for (const { type, data, metadata } of await codec.decode(page)) {
      const { actor: by, recordedAt: at } = metadata
      if (type === 'UnmaskingGranted') {
        const inForce = now < data.until
        const one = { ...grantedView(data), grantedBy: by, grantedAt: at, ended: null, inForce }
        found.set(data.unmaskingId, one)
      } else if (type === 'UnmaskingEnded') {
        const one = found.get(data.unmaskingId)
        if (one !== undefined) found.set(one.id, { ...one, ended: { by, at }, inForce: false })
      }
    }
  }
  return found
}

function addGrant(app: App, deps: UnmaskingDeps): void {
  const { operations, keyRing, run, configuredCallers = [] } = deps
  const isConfigured: GrantUnmaskingDeps['isConfigured'] = (organisation, actor) =>
    configuredCallers.some((one) => one.organisation === organisation && one.actor === actor)
  app.post(
    path,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Let somebody see personal data for a time',
        description:
          'It holds in every process within a second, and ends by itself. What is shown under it goes on record. Only who sees personal data themselves lets others: a key needs the scope `seePersonalData`.',
        body: z.strictObject({
          actor: idIn.describe(
            'As `actor` of what they do: a member’s user id, `key:` and the id of an API key, or a caller of the configuration.',
          ),
          until: instantIn.describe(`At most ${UNMASKING_DAYS_MAX} days ahead.`),
          subject: idIn
            .optional()
            .describe('Id of a customer, wallet, sale or bad debt; everybody’s when absent.'),
          reason: z.string().trim().min(1).max(1000),
        }),
        response: { 201: done(grantedOut), ...problems },
      },
    },
    async (request, reply) => {
      // Otherwise a key that may not see it would let itself.
      refuseWithout(callerOf(request), 'seePersonalData')
      const outcome = await run(request, reply, (context) =>
        grantUnmasking({ ...operations, keyRing, isConfigured }, request.body, context),
      )
      const data = grantedView(needData(outcome.events, 'UnmaskingGranted'))
      return createdAnswer(reply, outcome, [path, data.id], data)
    },
  )
}

function addEnd(app: App, { operations, run }: UnmaskingDeps): void {
  app.delete(
    `${path}/:id`,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'End it before its time is over',
        params: byId,
        response: { 200: done(z.strictObject({ id: z.string() })), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const outcome = await run(request, reply, (context) => endUnmasking(operations, id, context))
      return doneAnswer(outcome, { id })
    },
  )
}

function grantedView({
  unmaskingId: id,
  actor,
  until,
  subject = null,
  reason,
}: {
  readonly unmaskingId: string
  readonly actor: string
  readonly until: string
  readonly subject?: string | null | undefined
  readonly reason: string
}): z.output<typeof grantedOut> {
  return { id, actor, until, subject, reason }
}
