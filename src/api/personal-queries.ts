import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ApiError } from './errors.ts'
import { sightOf } from './sight.ts'

/** What finds or orders by personal data: whatever it is asked, or only where that is one of these. */
interface Mark {
  readonly values: 'any' | readonly string[]
}
const personalQueries = z.registry<Mark>()

/**
 * A part of a query by which rows are found or ordered by what is personal: whoever sees masks could
 * guess by it what is behind them.
 */
export function personalQuery<Schema extends z.ZodType>(
  schema: Schema,
  values: Mark['values'] = 'any',
): Schema {
  personalQueries.add(schema, { values })
  return schema
}

/** Refuses such a part to whoever does not see everybody's personal data. To be called before routes are added. */
export function refuseMaskedQueries(app: FastifyInstance): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const { sees, onShown } = sightOf(request)
    if (sees === 'everybody' && onShown === undefined) return done()
    const [field] = personalPartsOf(request)
    if (field === undefined) return done()
    if (sees === 'everybody') {
      // That nobody is found says something as well.
      onShown?.()
      return done()
    }
    const facts = { field }
    const error = {
      in: 'query',
      pointer: `/${field}`,
      code: 'PERSONAL_DATA_MASKED',
      facts,
    } as const
    done(new ApiError('PERSONAL_DATA_MASKED', facts, [error]))
  })
}

/** The names of what of a request's query is personal, or is found by what is. */
export function personalPartsOf(request: FastifyRequest): readonly string[] {
  const schema = request.routeOptions.schema?.querystring
  const { query } = request
  if (!(schema instanceof z.ZodObject) || typeof query !== 'object' || query === null) return []
  return Object.entries(query).flatMap(([name, value]) => {
    const part: unknown = schema.shape[name]
    const mark = part instanceof z.ZodType ? markOf(part) : undefined
    if (mark === undefined || value === undefined || value === '') return []
    return mark.values === 'any' || mark.values.includes(String(value)) ? [name] : []
  })
}

function markOf(schema: z.ZodType): Mark | undefined {
  const mark = personalQueries.get(schema)
  if (mark !== undefined) return mark
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return markOf(schema.unwrap() as z.ZodType)
  }
  return undefined
}
