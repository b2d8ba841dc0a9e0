import type pg from 'pg'
import type { KeyRing } from '#log/key-ring.ts'
import { sealContext, unseal } from '#log/personal-data.ts'
import { digitsOf, searchText } from '#projections/search-text.ts'
import { schemaOf } from './connect.ts'
import { copyAll, field } from './copy-out.ts'
import type { LogEvent } from './log.ts'

interface Customer {
  readonly registered: LogEvent
  readonly personal: Personal
  status: string
  contactedOn: string | undefined
  sales: number
  changedAt: string
  revision: string
}

interface Personal {
  readonly name: string
  readonly phone?: string
  readonly email?: string
  readonly note?: string
}

/** `crm_customers.customer`, with personal data decrypted. */
export class Customers {
  readonly #keyRing: KeyRing
  readonly #customers = new Map<string, Customer>()

  constructor(keyRing: KeyRing) {
    this.#keyRing = keyRing
  }

  /** What is personal in a page, read before its events are folded. */
  async open(page: readonly LogEvent[]): Promise<void> {
    const registrations = page.filter(({ type }) => type === 'CustomerRegistered')
    const sealed = registrations.flatMap(({ data }) => Object.keys(data['$personal'] as object))
    const keys = await this.#keyRing.forReading(sealed)
    for (const event of registrations) {
      const [[subject, text] = ['', '']] = Object.entries(
        event.data['$personal'] as Record<string, string>,
      )
      const context = sealContext(event.id, event.type, subject)
      const key = keys.get(subject)
      if (key === undefined || key === 'erased') throw new Error(`No key of ${subject}`)
      const plain = unseal(key, context, Buffer.from(text, 'base64'))
      this.#customers.set(`${event.metadata.organisation}\t${event.data.customerId}`, {
        registered: event,
        personal: JSON.parse(plain.toString()) as Personal,
        status: event.data['status'] as string,
        contactedOn: undefined,
        sales: 0,
        changedAt: event.metadata.recordedAt,
        revision: event.revision,
      })
    }
  }

  fold({ type, data, metadata, revision }: LogEvent): void {
    const customer = this.#customers.get(`${metadata.organisation}\t${data.customerId}`)
    if (customer === undefined) return
    switch (type) {
      case 'SaleRecorded':
        customer.sales += 1
        return
      case 'CustomerStatusChanged':
        customer.status = data['to'] as string
        break
      case 'CustomerContacted': {
        const day = data['contactedOn'] as string
        if (customer.contactedOn === undefined || customer.contactedOn < day) {
          customer.contactedOn = day
        }
        break
      }
      case 'CustomerSaleNoted':
      case 'CustomerDocumentNoted':
        break
      default:
        return
    }
    customer.changedAt = metadata.recordedAt
    customer.revision = revision
  }

  async finish(client: pg.Client): Promise<void> {
    const lines = this.#customers.entries().map(([key, customer]) => line(key, customer))
    await copyAll(client, `${schemaOf('crm_customers')}.customer`, lines)
  }
}

function line(key: string, customer: Customer): string {
  const { registered, personal, status, contactedOn, sales, changedAt, revision } = customer
  const { data, metadata, number } = registered
  const { name, phone, email, note } = personal
  const digits = phone === undefined ? undefined : digitsOf(phone)
  const search = searchText([name, data['number'] as string, email, phone, digits])
  const { recordedAt } = metadata
  return `${key}\t${field(data['number'])}\t${data.agent}\t${status}\t${field(data['source'])}\t${field(name)}\t${field(phone)}\t${field(email)}\t${field(note)}\t${field(data['country'])}\t\\N\t\\N\t\\N\t${field(contactedOn)}\t${sales}\t${data.occurredOn}\t${recordedAt}\t${changedAt}\t${revision}\t${number}\t${field(search)}\n`
}
