import { z } from 'zod'
import { linkCustomers } from '#commands/privacy/link-customers.ts'
import { unlinkCustomers } from '#commands/privacy/unlink-customers.ts'
import type { OperationDeps } from '#commands/operation.ts'
import type { Limits } from '#config'
import { linkReason, unlinkReason } from '#domain/privacy/person-link.ts'
import { Rejection } from '#domain/rejection.ts'
import { findLink, listLinks, type PersonLink } from '#projections/privacy/person-link-queries.ts'
import type { App } from '../app-type.ts'
import { createdAnswer, doneAnswer } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { answer, done, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'

export interface LinkDeps {
  readonly operations: OperationDeps
  readonly run: RunCommand
  readonly read: Read
  readonly limits: Limits
}

/** Customers of one link: whoever has been registered more often has more links. */
const MAX_LINKED = 20

const tags = ['privacy']
const path = '/api/privacy/links'
const byId = z.strictObject({ id: idIn })
const linkIn = z.strictObject({
  customerIds: z
    .array(idIn)
    .min(2)
    .max(MAX_LINKED)
    .describe(`At least two different ones, ${MAX_LINKED} at most.`),
  reason: linkReason,
})
const linkedOut = z
  .strictObject({ id: z.string(), customerIds: z.array(z.string()), reason: linkReason })
  .meta({ id: 'CustomersLinked' })
const unlinkedOut = z
  .strictObject({ id: z.string(), reason: unlinkReason })
  .meta({ id: 'CustomersUnlinked' })
const linkOut = z
  .strictObject({
    id: z.string(),
    customerIds: z.array(z.string()),
    reason: linkReason,
    linkedBy: z.string(),
    linkedAt: z.string(),
  })
  .meta({ id: 'PersonLink' })

/**
 * That several customers of the organisation are one person: who asks for what is held on one of them gets
 * all, and an erasure reaches all. Nothing else follows from it: their figures and documents stay apart.
 */
export function addPersonLinks(app: App, deps: LinkDeps): void {
  addLinkReads(app, deps)
  addLinkCommands(app, deps)
}

function addLinkReads(app: App, { read, limits }: LinkDeps): void {
  app.get(
    path,
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'Links between customers who are one person, newest first',
        querystring: z.strictObject({
          customerId: idIn.optional().describe('Links that name this customer.'),
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(linkOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, customerId } = request.query
      const page = await read(request, 'person_links', (db) =>
        listLinks(db, { customerId }, { limit, cursor }),
      )
      return listAnswer(request, reply, page, limit, linkView)
    },
  )
  app.get(
    `${path}/:id`,
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'One link',
        params: byId,
        querystring: z.strictObject(freshnessQuery),
        response: { 200: answer(linkOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'person_links', (db) => findLink(db, id))
      if (found === undefined) throw new Rejection('LINK_UNKNOWN', { linkId: id })
      return { success: true as const, data: linkView(found), meta }
    },
  )
}

function addLinkCommands(app: App, { operations, run }: LinkDeps): void {
  app.post(
    path,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Say that customers are one person',
        body: linkIn,
        response: { 201: done(linkedOut), ...problems },
      },
    },
    async (request, reply) => {
      const outcome = await run(request, reply, (context) =>
        linkCustomers(operations, request.body, context),
      )
      const { linkId: id, events } = outcome
      const customerIds = events.map(({ data }) => data.customerId)
      const data = { id, customerIds, reason: request.body.reason }
      return createdAnswer(reply, outcome, [path, id], data)
    },
  )
  app.delete(
    `${path}/:id`,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Undo a link; what other links say stays',
        params: byId,
        body: z.strictObject({ reason: unlinkReason }),
        response: { 200: done(unlinkedOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { reason } = request.body
      const outcome = await run(request, reply, (context, options) =>
        unlinkCustomers(operations, { linkId: id, reason }, context, options),
      )
      return doneAnswer(outcome, { id, reason })
    },
  )
}

function linkView(link: PersonLink): z.output<typeof linkOut> {
  return {
    id: link.link_id,
    customerIds: [...link.customer_ids],
    reason: link.reason,
    linkedBy: link.actor,
    linkedAt: link.linked_at,
  }
}
