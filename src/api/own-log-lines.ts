import Fastify, { type FastifyRequest } from 'fastify'

/**
 * Of the lines that Fastify writes by itself only the one on an answer that broke off: that it began well
 * is all that anybody else says of it. The others would hold searched-for names.
 */
export class OwnLogLines extends Fastify.LogController {
  constructor() {
    super({ disableRequestLogging: true })
  }

  override streamError(error: Error & { readonly code?: string }, { log }: FastifyRequest): void {
    if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') log.info('whoever asked went away')
    else log.error({ err: error }, 'an answer broke off')
  }
}
