import underPressure from '@fastify/under-pressure'
import type { Limits } from '#config'
import type { App } from './app-type.ts'
import { asksIfAlive } from './declared-routes.ts'
import { ApiError } from './errors.ts'

/**
 * While the process is late with everything, new requests are told to come back rather than made to wait
 * behind those in hand. Whether it lives (`/health`) is answered all the same: to restart it would not help.
 */
export async function shedLoad(app: App, limits: Pick<Limits, 'eventLoopDelayMs'>): Promise<void> {
  if (limits.eventLoopDelayMs === 0) return
  await app.register(underPressure, {
    maxEventLoopDelay: limits.eventLoopDelayMs,
    pressureHandler: async (request) => {
      if (!asksIfAlive(request)) throw new ApiError('TOO_BUSY')
    },
  })
}
