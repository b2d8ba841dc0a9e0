import { createHash } from 'node:crypto'
import type { FoldedEvent } from '#projections/engine/projection.ts'
import { longStory } from '#test/projections/company.ts'
import { recorded, type Told } from '#test/projections/fold-runner.ts'
import { type TestApi, testApi } from './api.ts'
import { testNode } from './eventstoredb.ts'

type Teardown = Parameters<typeof testApi>[0]

/** The two logs, as the API's environment names them. */
export const logEnvironments: Readonly<
  Record<string, (t: Teardown) => Promise<Record<string, string>>>
> = {
  PostgreSQL: async () => ({}),
  EventStoreDB: async (t) => ({ EVENTSTOREDB_URL: (await testNode(t)).connectionString }),
}

export interface AuditedLog {
  readonly api: TestApi
  /** What `main` has recorded, in the order of the log. */
  readonly events: readonly FoldedEvent[]
}

const ACTORS = ['ann', 'bob', 'process:sale-closes-customer', 'cli:root', 'sample']
/** Those that are people have a role, and one of them two sessions. */
const ROLES: Readonly<Record<string, string>> = { ann: 'owner', bob: 'operator' }
const EVENTS = 240

/**
 * The API over a log in which a company of Riyadh, and another organisation between, have recorded
 * some hundred events: at all hours, some late, by all kinds of actors, some caused by others.
 */
export async function auditedLog(
  t: Teardown,
  environment: Record<string, string> = {},
): Promise<AuditedLog> {
  const api = await testApi(t, environment)
  // What they would write is no part of the story.
  await api.daybook.processes.stop()
  const events = auditedEvents()
  for (const event of events) {
    const { id, type, data, stream, revision, metadata } = event
    const encoded = await api.daybook.codec.encode([
      { id, event: { type, data } as FoldedEvent, metadata },
    ])
    await api.daybook.log.append(stream, encoded, revision === 0 ? 'no_stream' : revision - 1)
  }
  await api.caughtUp()
  return { api, events: events.filter(({ metadata }) => metadata.organisation === 'main') }
}

function auditedEvents(): readonly FoldedEvent[] {
  const settings: Told = {
    event: {
      type: 'OrganisationSettingsChanged',
      data: { organisation: 'main', timeZone: 'Asia/Riyadh', baseCurrency: 'SAR' },
    },
    stream: ['settings', 'settings'],
  }
  const story = longStory(6)
    .slice(0, EVENTS)
    .map((told, index) => ({ ...told, organisation: index % 7 === 6 ? 'other' : 'main' }))
  const plain = recorded([settings, ...story])
  return plain.map((event, index) => {
    // Groups of six of one correlation, each event but the first caused by an earlier one of its own
    // organisation.
    const group = Math.floor(index / 6)
    const cause = plain[group * 6 + Math.floor((index % 6) / 2)]
    const { organisation } = event.metadata
    const caused = index % 6 > 0 && cause?.metadata.organisation === organisation
    const actor = ACTORS[index % ACTORS.length] ?? ''
    const role = ROLES[actor]
    const session = uuidOf(`session ${index % 2} of ${actor}`)
    return {
      ...event,
      metadata: {
        ...event.metadata,
        actor,
        ...(role !== undefined && { role }),
        ...(actor === 'ann' && { sessionId: session }),
        recordedAt: new Date(Date.UTC(2026, 0, 20) + index * 5_430_000).toISOString(),
        $correlationId: uuidOf(`${organisation} correlation ${group}`),
        ...(caused ? { $causationId: cause.id } : {}),
      },
    }
  })
}

function uuidOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/** Day and minute in Riyadh, which is three hours ahead of UTC all year. */
export function riyadhTime(instant: string): { readonly day: string; readonly minute: number } {
  const local = new Date(Date.parse(instant) + 3 * 3_600_000)
  return {
    day: local.toISOString().slice(0, 10),
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  }
}
