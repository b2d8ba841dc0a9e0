import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** What of a JSON Schema our own description uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly propertyNames?: JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>
interface Described {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

/** A route of the app and what its description says of it. */
export interface Operation {
  readonly method: string
  /** As Fastify has it: `/api/wallets/:id/debits`. */
  readonly url: string
  readonly isDescribed: boolean
  /** Records what happened, and can be sent again with the same key. */
  readonly isCommand: boolean
  readonly parameters: readonly Parameter[]
  readonly body: JsonSchema | undefined
  /** By status, such as 200 or 4XX, and by content type: what an answer has to be. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>>
}

/** A route as the app has it. */
export interface KnownRoute {
  readonly method: string
  readonly url: string
}

const CREATED = 'fastify.initialization'

/** What is made, and every route of the application that was made with it, its description's or not. */
export async function withRoutes<T>(
  make: () => Promise<T>,
): Promise<{ readonly made: T; readonly routes: readonly KnownRoute[] }> {
  const routes: KnownRoute[] = []
  const note = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push({ method: one, url })
    })
  }
  subscribe(CREATED, note)
  try {
    return { made: await make(), routes }
  } finally {
    unsubscribe(CREATED, note)
  }
}

/** Every route with its description; a HEAD has that of its GET. */
export function operationsOf(
  routes: readonly KnownRoute[],
  document: OpenApi,
): readonly Operation[] {
  return routes.map(({ method, url }) => {
    const path = url.replaceAll(/:(\w+)/g, '{$1}')
    const wanted = method === 'HEAD' ? 'get' : method.toLowerCase()
    const described = document.paths[path]?.[wanted]
    const { parameters = [], requestBody, responses = {} } = described ?? {}
    return {
      method,
      url,
      isDescribed: described !== undefined,
      isCommand: parameters.some(({ name }) => name === 'idempotency-key'),
      parameters,
      body: requestBody?.content['application/json']?.schema,
      answers: answersOf(responses, document),
    }
  })
}

function answersOf(responses: Described['responses'], document: OpenApi): Operation['answers'] {
  const statuses = Object.entries(responses).map(([status, { content = {} }]) => {
    const types = Object.entries(content).map(
      ([type, { schema }]) => [type, parserOf(schema, document)] as const,
    )
    return [status, Object.fromEntries(types)] as const
  })
  return Object.fromEntries(statuses)
}

function parserOf(schema: JsonSchema, { components }: OpenApi): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: components.schemas })
  const local = whole.replaceAll('#/components/schemas/', '#/$defs/')
  return z.fromJSONSchema(JSON.parse(local) as Parameters<typeof z.fromJSONSchema>[0])
}
