import type { FastifyRequest } from 'fastify'
import type { HandleOptions } from '#commands/handler.ts'
import { ApiError } from './errors.ts'

/** A stream's revision as an ETag. */
export function etagOf(revision: number): string {
  return `"${revision}"`
}

/** The revision that the caller wants to change, where it names one. @throws ApiError IF_MATCH_INVALID */
export function ifMatchOf(request: Pick<FastifyRequest, 'headers'>): HandleOptions {
  const sent = request.headers['if-match']
  if (sent === undefined || sent === '*') return {}
  const revision = /^"(-1|\d{1,15})"$/.exec(sent)?.[1]
  if (revision === undefined) throw new ApiError('IF_MATCH_INVALID')
  return { ifRevision: Number(revision) }
}
