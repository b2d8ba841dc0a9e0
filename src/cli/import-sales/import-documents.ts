import { randomUUID } from 'node:crypto'
import {
  type FoundCustomer,
  findOrRegisterCustomer,
} from '#commands/crm/find-or-register-customer.ts'
import type { NewCustomer } from '#commands/crm/register-customer.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { recordBadDebtReversal } from '#commands/finance/record-bad-debt-reversal.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import type { CommandContext } from '#commands/handler.ts'
import type { OperationDeps } from '#commands/operation.ts'
import { Exact } from '#domain/money/exact.ts'
import { type Money, round } from '#domain/money/money.ts'
import type { Mapping } from './mapping.ts'
import type { ImportedCustomer, Translated } from './translate.ts'

/** A document of the file that Daybook records. */
export type Importable = Extract<Translated, { readonly total: string }>

export interface Importer {
  readonly organisation: string
  readonly actor: string
  /** Shared by everything that one run of the import writes. */
  readonly correlationId: string
  readonly mapping: Mapping
  /** UTC instant. */
  readonly clock: () => string
}

export interface Imported {
  /** False when the same document was in the log already. */
  readonly recorded: boolean
  /** Minor units of the mapping's currency. */
  readonly amount: bigint
}

/**
 * Records the documents of a file by the same operations as any other caller. A document is known by
 * organisation, system and number, so that whoever brings it again meets it and changes nothing.
 */
export class DocumentImport {
  readonly #deps: OperationDeps
  readonly #importer: Importer
  readonly #customers = new Map<string, Promise<FoundCustomer>>()
  customersRegistered = 0

  constructor(deps: OperationDeps, importer: Importer) {
    this.#deps = deps
    this.#importer = importer
  }

  /** @throws Rejection when the domain refuses the document. */
  async record(document: Importable): Promise<Imported> {
    const customer =
      document.customer === undefined
        ? undefined
        : await this.#customer(document.customer, document.occurredOn)
    const { events, replayed } = await this.#operate(document, customer?.customerId)
    return { recorded: !replayed && events.length > 0, amount: this.#total(document).amount }
  }

  async #operate(document: Importable, customerId: string | undefined) {
    const { mapping } = this.#importer
    const { kind, occurredOn, lines } = document
    const { currency, agent } = mapping
    const source = { system: mapping.system, number: document.number }
    const context = this.#context()
    const paidBy = customerId === undefined ? mapping.overTheCounter.paymentMethod : undefined
    const stated = { customerId, agent, currency, occurredOn, document: { lines, source } }
    if (kind === 'sale') {
      const payment = paidBy && { method: paidBy }
      return recordSale(this.#deps, { ...stated, payment }, context)
    }
    if (kind === 'credit_note') {
      return issueCreditNote(this.#deps, { ...stated, refundMethod: paidBy }, context)
    }
    const operate = kind === 'write_off' ? writeOffBadDebt : recordBadDebtReversal
    const amount = this.#total(document)
    return operate(this.#deps, { customerId, amount, occurredOn, source }, context)
  }

  /** Every document of a customer waits for the one registration. */
  #customer(customer: ImportedCustomer, occurredOn: string): Promise<FoundCustomer> {
    const { number, name, country } = customer
    const known = this.#customers.get(number)
    if (known !== undefined) return known
    const found = this.#findOrRegister({ number, name, country, occurredOn, source: 'import' })
    this.#customers.set(number, found)
    return found
  }

  async #findOrRegister(customer: NewCustomer & { readonly number: string }) {
    try {
      const found = await findOrRegisterCustomer(this.#deps, customer, this.#context())
      if (found.registered) this.customersRegistered++
      return found
    } catch (error) {
      // Not remembered, so that the customer's next document tries again.
      this.#customers.delete(customer.number)
      throw error
    }
  }

  #total({ total }: Importable): Money {
    const { currency } = this.#importer.mapping
    return { amount: round(new Exact(total), currency).amount, currency }
  }

  #context(): CommandContext {
    const { organisation, actor, correlationId, clock } = this.#importer
    return { organisation, actor, correlationId, commandId: randomUUID(), now: clock() }
  }
}
