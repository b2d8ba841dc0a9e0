import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from './app-type.ts'

const description = `Every sale, payment and customer change is appended once, as an event; every figure is a fold of them.

* Money comes as \`{"amount": "500000.00", "currency": "SAR"}\`, as a decimal text, or as a JSON number whose digits are exact.
* Every write takes an \`Idempotency-Key\`: sent again with the same body it answers as the first time, with \`Idempotency-Replayed: true\`.
* Answers to writes carry \`Daybook-Position\`; a read given it as \`min_position\` waits until it knows it.
* \`ETag\` is the revision of a thing; \`If-Match\` refuses to change another.
* \`POST /api/bulk\` takes many writes at once, each with its own key and its own outcome.
* Errors are RFC 9457 problem documents in English, Arabic or Persian (\`Accept-Language\`).`

/** Headers that every write takes; they are read before its route is. */
const commandHeaders = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'Sent again with the same body, it answers as the first time.',
    },
    'if-match': { type: 'string', description: 'An ETag: refuses to change another revision.' },
  },
}

const describeRoute: typeof jsonSchemaTransform = (document) => {
  const described = jsonSchemaTransform(document)
  const { method, url } = document.route
  if (method === 'GET' || method === 'HEAD' || url.startsWith('/api/projections')) return described
  // What they answer is told once.
  if (url === '/api/bulk' || url.startsWith('/api/auth/')) return described
  return { ...described, schema: { ...described.schema, headers: commandHeaders } }
}

/** Without the twin that each named schema has for input: ours name answers only. */
const describeSchemas: typeof jsonSchemaTransformObject = (document) => {
  const described = jsonSchemaTransformObject(document)
  const components = 'components' in described ? described.components : undefined
  const schemas = Object.entries(components?.schemas ?? {})
  const named = Object.fromEntries(schemas.filter(([name]) => !name.endsWith('Input')))
  return { ...described, components: { ...components, schemas: named } } as typeof described
}

/** OpenAPI 3.1 made from the routes' schemas, with its page, at /api/docs. */
export async function addDocumentation(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Daybook', version: '0.1.0', description },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
    transform: describeRoute,
    transformObject: describeSchemas,
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs' })
}
