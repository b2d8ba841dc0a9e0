import { maxHeaderSize, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { ApiError, httpStatus } from './errors.ts'
import { problemOf, refusalOf } from './problem.ts'
import { requestId } from './request-id.ts'

/**
 * Answers what Node could not read as HTTP: there is no request then, and so neither caller nor language
 * nor address. The connection is ended, since nobody knows where the next request would begin.
 */
export function answerUnreadable(
  { code }: { readonly code?: string },
  socket: Socket,
  logger: FastifyBaseLogger,
): void {
  if (code === 'ECONNRESET' || socket.destroyed) return
  const id = requestId()
  const refusal = refusalOf(errorOf(code))
  const status = httpStatus[refusal.code]
  logger.info({ reqId: id, status, code }, 'not readable')
  const problem = problemOf(refusal, { language: 'en', requestId: id, instance: '' })
  const body = JSON.stringify(problem)
  if (socket.writable) {
    const headers = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/problem+json',
      'Content-Language: en',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${id}`,
      'Connection: close',
    ]
    socket.write(`${headers.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroySoon()
}

function errorOf(code: string | undefined): ApiError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ApiError('REQUEST_TIMED_OUT')
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ApiError('HEADERS_TOO_LARGE', { limit: maxHeaderSize })
  }
  return new ApiError('REQUEST_MALFORMED', { reason: code ?? 'HPE' })
}
