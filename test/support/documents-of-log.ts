import type {
  DocumentsOfPerson,
  FindDocumentsOfPerson,
} from '#commands/privacy/documents-of-person.ts'
import { idsIn } from '#domain/access/access-record.ts'
import type { DaybookEvent } from '#domain/events.ts'
import type { KindOfDocuments, RetainedKind } from '#domain/crm/retention.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { type Reference, referencesOf } from '#projections/log/reference.ts'
import type { InMemoryEventStore } from './in-memory-event-store.ts'
import type { InMemoryKeyRing } from './in-memory-key-ring.ts'

const retained: Readonly<Partial<Record<Reference['kind'], RetainedKind>>> = {
  sale: 'sale',
  credit_note: 'creditNote',
  bad_debt: 'badDebt',
  wallet: 'wallet',
}

/** Finds them by reading the whole log: what the index of events should find. */
export function documentsOfLog(
  store: InMemoryEventStore,
  keys: InMemoryKeyRing,
): FindDocumentsOfPerson {
  return async (organisation, customerId) => {
    const all = await createCodec(keys).decode([...store.log])
    const events = all.filter(({ metadata }) => metadata.organisation === organisation)
    const documents = new Map<string, Reference & { since: number; latest: string }>()
    const isTheirs = ({ kind, id }: Reference) => kind === 'customer' && id === customerId
    for (const [at, event] of events.entries()) {
      const references = referencesOf(event)
      if (!references.some(isTheirs)) continue
      for (const { kind, id } of references) {
        const key = `${kind} ${id}`
        if (kind in retained && !documents.has(key)) {
          documents.set(key, { kind, id, since: at + 1, latest: '' })
        }
      }
    }
    const kinds = new Map<RetainedKind, KindOfDocuments>()
    const add = (kind: RetainedKind, documents: number, latest: string): void => {
      if (latest === '') return
      const before = kinds.get(kind)
      kinds.set(kind, {
        kind,
        documents: (before?.documents ?? 0) + documents,
        latest: before !== undefined && before.latest > latest ? before.latest : latest,
      })
    }
    for (const event of events) {
      const day = event.metadata.occurredOn ?? ''
      for (const { kind, id } of referencesOf(event)) {
        const document = documents.get(`${kind} ${id}`)
        if (document !== undefined && day > document.latest) document.latest = day
      }
      if (event.type === 'CustomerCreditRefunded' && event.data.customerId === customerId) {
        add('customerCredit', 1, day)
      }
    }
    for (const { kind, latest } of documents.values()) {
      add(retained[kind] as RetainedKind, 1, latest)
    }
    const subjects = [...documents.values()].flatMap(({ kind, id, since }) =>
      kind === 'sale' || kind === 'bad_debt' || kind === 'wallet' ? [{ kind, id, since }] : [],
    )
    const accesses = accessesTo(events, [customerId, ...subjects.map(({ id }) => id)])
    return {
      upTo: events.length,
      kinds: [...kinds.values()],
      subjects,
      accesses,
    } satisfies DocumentsOfPerson
  }
}

/** Those with a reason that asked for one of these. */
function accessesTo(events: readonly DaybookEvent[], ids: readonly string[]): readonly string[] {
  return events.flatMap(({ type, data }) => {
    if (type !== 'RecordsAccessed' || data.reason === undefined) return []
    return data.asked?.flatMap(idsIn).some((id) => ids.includes(id)) === true ? [data.accessId] : []
  })
}
