/**
 * For `.meta(…)` of a body: what `/api/docs` shows, and sends when it is tried out. It is what
 * @fastify/swagger calls it, since zod leaves `examples` out where an amount is read from what is sent.
 */
export function shownExample(value: Readonly<Record<string, unknown>>) {
  return { 'x-examples': { example: { value } } }
}
