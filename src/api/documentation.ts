import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from './app-type.ts'
import { may } from './permissions.ts'

const PAGE = '/api/docs'

const description = `Every sale, payment and customer change is appended once, as an event; every figure is a fold of them.

To try it out, get a token and give it to *Authorize*: \`POST /api/auth/login\` answers an \`accessToken\`, for 15 minutes, and a \`refreshToken\`, with which \`POST /api/auth/refresh\` answers the next. It goes into each request as \`Authorization: Bearer …\`. Programs have keys, which an owner issues with \`POST /api/api-keys\` and which go into the same header.

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
  const { method, url } = document.route
  const plain = jsonSchemaTransform(document)
  const operationId = operationIdOf(String(method), url)
  const described = { ...plain, schema: { ...plain.schema, operationId } }
  if (method === 'GET' || method === 'HEAD' || url.startsWith('/api/projections')) return described
  // What they answer is told once.
  if (url === '/api/bulk' || url.startsWith('/api/auth/')) return described
  return { ...described, schema: { ...described.schema, headers: commandHeaders } }
}

/** Made of the address, so that it stays as long as that does: `getFinanceSalesById`. */
function operationIdOf(method: string, url: string): string {
  const words = url
    .replace(/^\/api(?=\/)/, '')
    .replaceAll(':', 'by-')
    .split(/[^A-Za-z0-9]+/)
  const capitals = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
  return method.toLowerCase() + capitals.join('')
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
  await app.register(swaggerUi, { routePrefix: PAGE })
  // Whoever opens the address that the server tells of itself.
  app.get('/', { ...may('public'), schema: { hide: true } }, async (_request, reply) =>
    reply.redirect(PAGE),
  )
}
