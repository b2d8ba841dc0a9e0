import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Limits } from '#config'
import type { App } from './app-type.ts'
import { callerOf } from './authentication.ts'
import { ApiError } from './errors.ts'

const WINDOW_MS = 60_000

/** Counts a request. @throws ApiError RATE_LIMITED when there were too many in its minute. */
export type CountRequest = (request: FastifyRequest) => Promise<void> | undefined

/**
 * How often somebody may ask; counted in the memory of this process alone, for 5,000 callers and 5,000
 * addresses at a time. Of more, those not heard of for longest start anew.
 */
export interface RateLimits {
  /** Of the request's caller, who is known. */
  readonly ofCaller: CountRequest
  /** Of the address it came from, when nobody known sent it. */
  readonly ofAddress: CountRequest
}

export async function rateLimits(
  app: App,
  limits: Pick<Limits, 'callerRequestsPerMinute' | 'addressRequestsPerMinute'>,
): Promise<RateLimits> {
  await app.register(rateLimit, { global: false, timeWindow: WINDOW_MS })
  const counter = (
    max: number,
    keyGenerator?: (request: FastifyRequest) => string,
  ): CountRequest => {
    if (max === 0) return () => undefined
    const count = app.createRateLimit({ max, ...(keyGenerator && { keyGenerator }) })
    return async (request) => {
      const counted = await count(request)
      if (counted.isAllowed || !counted.isExceeded) return
      throw new ApiError('RATE_LIMITED', { limit: max, seconds: counted.ttlInSeconds })
    }
  }
  return {
    ofCaller: counter(limits.callerRequestsPerMinute, (request) => {
      const { organisation, actor } = callerOf(request)
      return `${organisation} ${actor}`
    }),
    ofAddress: counter(limits.addressRequestsPerMinute),
  }
}
