import { z } from 'zod'
import type { CommandHandler } from '#commands/handler.ts'
import type { ApiKeys } from '#commands/identity/api-keys.ts'
import { issueApiKey } from '#commands/identity/issue-api-key.ts'
import { revokeApiKey } from '#commands/identity/revoke-api-key.ts'
import type { Limits } from '#config'
import { apiKeyRole } from '#domain/identity/api-key.ts'
import { Rejection } from '#domain/rejection.ts'
import { findApiKey, listApiKeys } from '#projections/identity/api-key-queries.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { createdAnswer, doneAnswer, needData } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { answer, done, problems } from '../envelope.ts'
import { idIn, instantIn, listFields } from '../fields.ts'
import { grantable, may, scopeIn } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import { apiKeyFields, apiKeyOut, apiKeyView } from './api-key-view.ts'

export interface ApiKeyRouteDeps {
  readonly handler: CommandHandler
  readonly apiKeys: ApiKeys
  /** UTC instant. */
  readonly clock: () => string
  readonly run: RunCommand
  readonly read: Read
  readonly limits: Limits
}

const tags = ['API keys']
const body = z.strictObject({
  name: z.string().min(1).max(100).describe('By which people know it, such as the program’s name.'),
  role: apiKeyRole.exclude(['installation']).default('service'),
  scopes: z
    .array(scopeIn)
    .min(1)
    .max(scopeIn.options.length)
    .optional()
    .describe('Of what the role and you may do. All of that when absent.'),
  expiresAt: instantIn.optional().describe('Absent: it is valid until it is revoked.'),
})
const issuedOut = z
  .strictObject({
    ...apiKeyFields,
    secret: z
      .string()
      .nullable()
      .describe('The key itself. Shown once: null when this repeats a request that was answered.'),
  })
  .meta({ id: 'ApiKeyIssued' })
const revokedOut = z.strictObject({ id: z.string() }).meta({ id: 'ApiKeyRevoked' })

/** Keys of programs that work for the organisation: issued, listed, revoked. */
export function addApiKeys(app: App, deps: ApiKeyRouteDeps): void {
  addIssueApiKey(app, deps)
  addApiKeyReads(app, deps)
  addRevokeApiKey(app, deps)
}

function addIssueApiKey(app: App, deps: ApiKeyRouteDeps): void {
  app.post(
    '/api/api-keys',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Issue an API key; it is shown once',
        body,
        response: { 201: done(issuedOut), ...problems },
      },
    },
    async (request, reply) => {
      const asked = { ...request.body, grantable: grantable(callerOf(request), request.body.role) }
      const outcome = await deps.run(request, reply, (context) => issueApiKey(deps, asked, context))
      const { apiKeyId, expiresAt = null, ...issued } = needData(outcome.events, 'ApiKeyIssued')
      const data = { id: apiKeyId, ...issued, expiresAt, secret: outcome.token ?? null }
      return createdAnswer(reply, outcome, ['/api/api-keys', apiKeyId], data)
    },
  )
}

function addApiKeyReads(app: App, { apiKeys, clock, read, limits }: ApiKeyRouteDeps): void {
  app.get(
    '/api/api-keys',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'API keys, newest first, with those that expired or were revoked',
        querystring: z.strictObject(listFields(limits)),
        response: { 200: answer(z.array(apiKeyOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const page = await read(request, 'api_keys', (db) => listApiKeys(db, { limit, cursor }))
      const ids = page.found.items.map((row) => row.api_key_id)
      const used = await apiKeys.lastUsed(callerOf(request).organisation, ids)
      const now = clock()
      return listAnswer(request, reply, page, limit, (row) =>
        apiKeyView(row, now, used.get(row.api_key_id)),
      )
    },
  )
  app.get(
    '/api/api-keys/:id',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'One API key',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject(freshnessQuery),
        response: { 200: answer(apiKeyOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'api_keys', (db) => findApiKey(db, id))
      if (found === undefined) throw new Rejection('API_KEY_UNKNOWN', { apiKeyId: id })
      const used = await apiKeys.lastUsed(callerOf(request).organisation, [id])
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: apiKeyView(found, clock(), used.get(id)), meta }
    },
  )
}

function addRevokeApiKey(app: App, deps: ApiKeyRouteDeps): void {
  app.delete(
    '/api/api-keys/:id',
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Revoke an API key, for ever and at once',
        params: z.strictObject({ id: idIn }),
        response: { 200: done(revokedOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const outcome = await deps.run(request, reply, (context, options) =>
        revokeApiKey(deps, id, context, options),
      )
      return doneAnswer(outcome, { id })
    },
  )
}
