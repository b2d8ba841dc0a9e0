import { z } from 'zod'

/** The envelope of every answer that is no problem. */
export function answer<Data extends z.ZodType, Meta extends z.ZodType>(data: Data, meta: Meta) {
  return z.strictObject({ success: z.literal(true), data, meta })
}

/** The envelope of an answer to a command: what it did, told by its own events. */
export function done<Data extends z.ZodType>(data: Data) {
  return answer(data, z.strictObject({ replayed: z.boolean() }))
}

export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    success: z.literal(false),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(
      z.strictObject({
        in: z.enum(['body', 'query', 'path', 'header']),
        pointer: z.string(),
        code: z.string(),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: 'Problem', description: 'RFC 9457, in the caller’s language.' })

const content = { 'application/problem+json': { schema: problem } }

/** The answers that any route may give instead of its own. */
export const problems = {
  '4xx': { description: 'The request is refused.', content },
  '5xx': { description: 'It cannot be served at the moment.', content },
}
