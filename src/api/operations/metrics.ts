import { collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import type { App } from '../app-type.ts'
import { may } from '../permissions.ts'

/** What Prometheus is told at /metrics: this process, the answers it gave, how far the projections are. */
export function addMetrics(app: App, engine: Pick<ProjectionEngine, 'status'>): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  measureAnswers(app, registry)
  const lookAtProjections = projectionGauges(registry, engine)
  app.get('/metrics', { ...may('public'), schema: { hide: true } }, async (_request, reply) => {
    await lookAtProjections()
    const text = await registry.metrics()
    return reply.type(registry.contentType).send(text)
  })
}

function measureAnswers(app: App, registry: Registry): void {
  const duration = new Histogram({
    name: 'daybook_http_request_duration_seconds',
    help: 'Time from request to answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const labels = { method: request.method, route, status: reply.statusCode }
    duration.observe(labels, reply.elapsedTime / 1000)
  })
}

function projectionGauges(registry: Registry, engine: Pick<ProjectionEngine, 'status'>) {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['projection'], registers: [registry] })
  const ordinal = gauge('daybook_projection_ordinal', 'Ordinal of the last event considered')
  const seconds = gauge('daybook_projection_lag_seconds', 'Age of the last event considered')
  const events = gauge('daybook_projection_lag_events', 'Events between checkpoint and head')
  const live = gauge('daybook_projection_live', '1 while the projection follows the head')
  return async () => {
    for (const status of await engine.status()) {
      const labels = { projection: status.name }
      ordinal.set(labels, status.ordinal)
      seconds.set(labels, status.lag.seconds)
      if (status.lag.events !== undefined) events.set(labels, status.lag.events)
      live.set(labels, status.state === 'live' ? 1 : 0)
    }
  }
}
