import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ApiError } from './errors.ts'

/** What a query calls the beginning and the end of a time, in days or instants. */
const ranges = [
  ['from', 'to'],
  ['occurred_from', 'occurred_to'],
] as const

/**
 * Refuses every read of a time that ends before it begins: there is nothing in it, and figures of it would
 * contradict each other. To be called before routes are added.
 */
export function refuseBackwardRanges(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ query, routeOptions }) => {
    if (!(routeOptions.schema?.querystring instanceof z.ZodObject)) return
    const asked = new Map(Object.entries(query ?? {}))
    for (const [first, last] of ranges) {
      const [from, to] = [asked.get(first), asked.get(last)]
      if (typeof from === 'string' && typeof to === 'string') refuseBackwards(first, from, to)
    }
  })
}

/** Of two days, or of two instants in UTC. @throws ApiError RANGE_INVALID */
export function refuseBackwards(field: string, from: string, to: string): void {
  if (from <= to) return
  const facts = { field, from, to }
  const fields = [{ in: 'query', pointer: `/${field}`, code: 'RANGE_INVALID', facts }] as const
  throw new ApiError('RANGE_INVALID', facts, fields)
}
