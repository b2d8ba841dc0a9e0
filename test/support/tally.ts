import { randomUUID } from 'node:crypto'
import type { CommandOutcomes } from '#commands/command-outcomes.ts'
import type { CommandContext } from '#commands/handler.ts'
import type { KeptState, KeptStates } from '#commands/kept-states.ts'
import type { Decider } from '#domain/decider.ts'
import type { EventOf } from '#domain/events.ts'
import { Rejection } from '#domain/rejection.ts'

/** A toy aggregate over real event types: it sums what it is given, and can be full. */
export type Added = EventOf<'CustomerCreditReceived' | 'CustomerCreditWithdrawn'>

export interface Add {
  readonly amount: bigint
  /** Refused when the sum would be above. Default: no limit. */
  readonly limit?: bigint
  /** Emits so many events. Default: one. */
  readonly times?: number
}

export interface Tally {
  readonly sum: string
  readonly count: number
}

export const tally: Decider<Tally, Add, Added> = {
  category: 'customerCredit',
  stateVersion: 1,
  initial: { sum: '0', count: 0 },
  evolve: ({ sum, count }, { type, data }) => ({
    sum: String(
      BigInt(sum) + BigInt(type === 'CustomerCreditReceived' ? data.amount : `-${data.amount}`),
    ),
    count: count + 1,
  }),
  decide: ({ amount, limit, times = 1 }, { sum }) => {
    if (amount === 0n) return []
    const total = BigInt(sum) + amount * BigInt(times)
    if (limit !== undefined && total > limit) {
      throw new Rejection('AMOUNT_ABOVE_OWED', { owed: sum, currency: 'USD' })
    }
    return Array.from({ length: times }, () => added(amount))
  },
}

export function added(amount: bigint): Added {
  return {
    type: amount < 0n ? 'CustomerCreditWithdrawn' : 'CustomerCreditReceived',
    data: {
      customerId: 'c1',
      currency: 'USD',
      amount: String(amount < 0n ? -amount : amount),
      origin: { kind: 'payment', id: 'p1' },
    },
  }
}

/** A command's context; with a key it can be repeated. */
export function contextOf(key?: string, body = 'body'): CommandContext {
  return {
    organisation: 'main',
    actor: 'owner',
    commandId: key ?? randomUUID(),
    ...(key !== undefined && { bodyHash: body }),
    correlationId: randomUUID(),
    now: '2026-11-21T10:00:00Z',
  }
}

/** A table of outcomes that has seen nothing of the log. */
export const unseeing: CommandOutcomes = {
  findUnchanged: async () => undefined,
  keepUnchanged: async () => {},
  find: async () => ({ seen: undefined, outcome: undefined, bodyHash: undefined }),
}

export class InMemoryKeptStates implements KeptStates {
  readonly states = new Map<string, KeptState>()

  async find(stream: string): Promise<KeptState | undefined> {
    return this.states.get(stream)
  }

  async keep(state: KeptState): Promise<void> {
    const there = this.states.get(state.stream)
    if (there === undefined || there.revision < state.revision) {
      this.states.set(state.stream, structuredClone(state))
    }
  }

  async drop(stream: string): Promise<void> {
    this.states.delete(stream)
  }
}
