import { randomUUID } from 'node:crypto'
import { commandIdOf } from '#commands/command-id.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import type { CommandContext, CommandHandler } from '#commands/handler.ts'
import { type OperationDeps, operationDeps } from '#commands/operation.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogUnavailable } from '#log/errors.ts'
import { InMemoryEventStore } from './in-memory-event-store.ts'
import { InMemoryKeyRing } from './in-memory-key-ring.ts'
import { testKeyedHash as keyedHash } from './keyed-hash.ts'
import { OutcomesOfLog } from './outcomes-of-log.ts'
import { InMemoryKeptStates } from './tally.ts'

/** One organisation's business over a log in memory, as one program serves it after another. */
export class Business {
  readonly store = new InMemoryEventStore()
  readonly keys = new InMemoryKeyRing()
  readonly outcomes = new OutcomesOfLog(this.store)
  readonly keptStates = new InMemoryKeptStates()
  now = '2026-11-21T10:00:00Z'
  deps: OperationDeps

  constructor() {
    this.deps = this.#open()
  }

  get handler(): CommandHandler {
    return this.deps.handler
  }

  /** Another program takes over, with empty caches. */
  restart(): void {
    this.deps = this.#open()
  }

  #open(): OperationDeps {
    const { store, outcomes, keptStates } = this
    const codec = createCodec(this.keys)
    const warn = (message: string, cause: unknown) => {
      throw new Error(message, { cause })
    }
    return operationDeps(
      createCommandHandler({ store, codec, outcomes, keptStates, warn }),
      keyedHash,
    )
  }

  /** A request; with a key it can be repeated. */
  context(key?: string, more: Partial<CommandContext> = {}): CommandContext {
    const { organisation = 'main', actor = 'owner' } = more
    const identity =
      key === undefined
        ? { commandId: randomUUID() }
        : { commandId: commandIdOf({ organisation, actor, route: 'test', key }), bodyHash: 'body' }
    const { now } = this
    return { organisation, actor, ...identity, correlationId: randomUUID(), now, ...more }
  }

  async customer(name = 'Chanda'): Promise<string> {
    const { customerId } = await registerCustomer(this.deps, { name }, this.context())
    return customerId
  }

  /** How users sign in, of which nothing is kept here. */
  readonly signIns = {
    credentials: {
      forget: async () => undefined,
      findInvitation: async () => undefined,
      forgetInvitation: async () => undefined,
    },
    sessions: { changeRole: async () => 0, endAll: async () => 0 },
    signInLimits: { forget: async () => undefined },
  }

  readonly findKnowing = async (userId: string): Promise<readonly string[]> =>
    this.keys.organisationsKnowing(userId)

  readonly findErasedUsers = async (): Promise<readonly string[]> =>
    this.keys.erasedIn(INSTALLATION)

  /** Of so many cents, in full on account. */
  async sale(customerId: string, amount = 10_000n): Promise<string> {
    const input = { customerId, document: { amount } }
    return (await recordSale(this.deps, input, this.context())).saleId
  }

  /** The program dies at one append from here on: before it reaches the log, or before it is answered. */
  dieAt(append: number, when: 'before' | 'after'): void {
    let appends = 0
    this.store.hooks = {
      before: () => {
        appends += 1
        if (appends > append || (appends === append && when === 'before')) throw gone()
      },
      after: () => {
        if (appends === append && when === 'after') throw gone()
      },
    }
  }

  liveAgain(): void {
    this.store.hooks = {}
    this.restart()
  }

  /** Types of the events by stream category, in log order within each. */
  story(): Readonly<Record<string, readonly string[]>> {
    const story: Record<string, string[]> = {}
    for (const { stream, type } of this.store.log) {
      const category = stream.slice(0, stream.indexOf('-'))
      story[category] = [...(story[category] ?? []), type]
    }
    return story
  }

  /** The data of the last event of a type. */
  last(type: string): Readonly<Record<string, unknown>> | undefined {
    return this.store.log.findLast((event) => event.type === type)?.data
  }
}

const gone = () => new LogUnavailable('the program died')
