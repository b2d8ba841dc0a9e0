import { z } from 'zod'
import { dayAfterFact, dayOfFact } from '../dates.ts'
import { type Decider, unreachable } from '../decider.ts'
import {
  amountOf,
  currencyCode,
  type EventsOf,
  identifier,
  localDate,
  personal,
} from '../event-schema.ts'
import { present } from '../fields.ts'
import { exponentOf } from '../money/currencies.ts'
import { type Money, minus, plus, positive } from '../money/money.ts'
import {
  type Correction,
  correctionUnder,
  isOther,
  type TextBefore,
} from '../privacy/correction.ts'
import { Rejection } from '../rejection.ts'
import { upTo } from './checks.ts'
import {
  type DocumentSource,
  documentSource,
  type PaymentMethod,
  paymentMethod,
} from './documents.ts'
import type { Data } from './sale/state.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

const document = {
  badDebtId: identifier,
  /** Absent, and no sale named: against the allowance for doubtful debts instead of a receivable. */
  customerId: identifier.optional(),
  /** The sale whose debt it is, where one is named; its own stream knows it too. */
  saleId: identifier.optional(),
  currency: currencyCode,
  amount: amountOf,
  occurredOn: localDate,
  source: documentSource.optional(),
  reason: personal('badDebtId', z.string().min(1).max(1000)).optional(),
}

export const badDebtEvents = {
  BadDebtWrittenOff: z.object(document),
  /** May stand alone: a reversal that names no write-off. */
  BadDebtWriteOffReversed: z.object({ ...document, reversalId: identifier }),
  BadDebtRecovered: z.object({ ...document, recoveryId: identifier, method: paymentMethod }),
  BadDebtTextCorrected: z.object({
    badDebtId: identifier,
    customerId: identifier.optional(),
    field: z.enum(['reason']),
    /** The reversal or recovery whose reason it is; absent: the document's own. */
    partId: identifier.optional(),
    ...correctionUnder('badDebtId'),
  }),
} as const
export type BadDebtEvent = EventsOf<typeof badDebtEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export type BadDebt =
  | { readonly status: 'none' }
  /** A reversal that names no write-off. */
  | { readonly status: 'reversal' }
  | ({ readonly status: 'writtenOff' } & WrittenOff)

interface WrittenOff {
  readonly customerId?: string | undefined
  readonly saleId?: string | undefined
  readonly currency: string
  readonly occurredOn: string
  /** Neither reversed nor recovered. */
  readonly left: string
  readonly recovered: string
  /** Ids of reversals and recoveries. */
  readonly done: readonly string[]
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: BadDebt, event: BadDebtEvent): BadDebt => {
  switch (event.type) {
    case 'BadDebtWrittenOff': {
      const { customerId, saleId, currency, occurredOn, amount } = event.data
      const fields = {
        customerId,
        saleId,
        currency,
        occurredOn,
        left: amount,
        recovered: '0',
        done: [],
      }
      return { status: 'writtenOff', ...fields }
    }
    case 'BadDebtWriteOffReversed':
      return lessened(state, event.data.amount, event.data.reversalId)
    case 'BadDebtRecovered':
      return recovered(lessened(state, event.data.amount, event.data.recoveryId), event.data.amount)
    case 'BadDebtTextCorrected':
      return state
    default:
      return state
  }
}

function lessened(state: BadDebt, amount: string, id: string): BadDebt {
  if (state.status !== 'writtenOff') return { status: 'reversal' }
  return { ...state, left: minus(state.left, amount), done: [...state.done, id] }
}

function recovered(state: BadDebt, amount: string): BadDebt {
  if (state.status !== 'writtenOff') return state
  return { ...state, recovered: plus(state.recovered, amount) }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

interface Stated {
  readonly badDebtId: string
  readonly occurredOn: string
  readonly today: string
  readonly source?: DocumentSource | undefined
  readonly reason?: string | undefined
}

/** Where it names a sale, that sale has noted it before and said customer and amount. */
export interface WriteOffBadDebt extends Stated {
  readonly type: 'WriteOffBadDebt'
  readonly customerId?: string | undefined
  readonly saleId?: string | undefined
  readonly amount: Money
}

/** Of a write-off, whole or in part; where that names a sale, the sale takes its debt back first. */
export interface ReverseBadDebtWriteOff extends Stated {
  readonly type: 'ReverseBadDebtWriteOff'
  readonly reversalId: string
  /** Absent: all that is left. */
  readonly amount?: Money | undefined
}

/** A reversal that names no write-off: a document of its own. */
export interface RecordBadDebtReversal extends Stated {
  readonly type: 'RecordBadDebtReversal'
  readonly reversalId: string
  readonly customerId?: string | undefined
  readonly amount: Money
}

/** Money came in after all. */
export interface RecoverBadDebt extends Stated {
  readonly type: 'RecoverBadDebt'
  readonly recoveryId: string
  readonly method: PaymentMethod
  /** Absent: all that is left. */
  readonly amount?: Money | undefined
}

/** As its sale noted it, when a crash came before it was written off. */
export interface WriteOffNotedBadDebt {
  readonly type: 'WriteOffNotedBadDebt'
  readonly noted: Data<'SaleDebtWrittenOff'>
}

/** Where a text of a bad debt stands. */
export interface BadDebtTextPlace {
  readonly badDebtId: string
  readonly field: 'reason'
  /** The reversal or recovery whose reason it is; absent: the document's own. */
  readonly partId?: string | undefined
}

/** No figure changes by it. */
export interface CorrectBadDebtText extends BadDebtTextPlace, Correction, TextBefore {
  readonly type: 'CorrectBadDebtText'
  /** As the document says: of a reversal that stands alone the state knows no customer. */
  readonly customerId?: string | undefined
}

export type BadDebtCommand =
  | WriteOffBadDebt
  | WriteOffNotedBadDebt
  | ReverseBadDebtWriteOff
  | RecordBadDebtReversal
  | RecoverBadDebt
  | CorrectBadDebtText

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: BadDebtCommand, state: BadDebt): readonly BadDebtEvent[] => {
  switch (command.type) {
    case 'WriteOffBadDebt':
      return writeOff(command, state)
    case 'WriteOffNotedBadDebt':
      return writeOffNoted(command, state)
    case 'ReverseBadDebtWriteOff':
      return reverse(command, known(command, state))
    case 'RecordBadDebtReversal':
      return recordReversal(command, state)
    case 'RecoverBadDebt':
      return recover(command, known(command, state))
    case 'CorrectBadDebtText':
      return correctText(command, state)
    default:
      return unreachable(command)
  }
}

function known({ badDebtId }: Stated, state: BadDebt): WrittenOff {
  if (state.status !== 'writtenOff') throw new Rejection('BAD_DEBT_UNKNOWN', { badDebtId })
  return state
}

function writeOff(command: WriteOffBadDebt, state: BadDebt): readonly BadDebtEvent[] {
  if (state.status !== 'none') return []
  return [{ type: 'BadDebtWrittenOff', data: standingAlone(command) }]
}

function writeOffNoted({ noted }: WriteOffNotedBadDebt, state: BadDebt): readonly BadDebtEvent[] {
  if (state.status !== 'none') return []
  const { badDebtId, customerId, saleId, currency, amount, occurredOn, source, reason } = noted
  const data = { badDebtId, customerId, saleId, currency, amount, occurredOn, source, reason }
  return [{ type: 'BadDebtWrittenOff', data: present(data) }]
}

function recordReversal(command: RecordBadDebtReversal, state: BadDebt): readonly BadDebtEvent[] {
  if (state.status !== 'none') return []
  const data = { ...standingAlone(command), reversalId: command.reversalId }
  return [{ type: 'BadDebtWriteOffReversed', data }]
}

function standingAlone(command: WriteOffBadDebt | RecordBadDebtReversal) {
  const { badDebtId, customerId, amount, occurredOn, source, reason } = command
  dayOfFact(occurredOn, command.today)
  exponentOf(amount.currency, 'amount')
  return present({
    badDebtId,
    customerId,
    saleId: command.type === 'WriteOffBadDebt' ? command.saleId : undefined,
    currency: amount.currency,
    amount: String(positive(amount.amount, amount.currency, 'amount')),
    occurredOn,
    source,
    reason,
  })
}

function reverse(command: ReverseBadDebtWriteOff, debt: WrittenOff): readonly BadDebtEvent[] {
  const { reversalId } = command
  if (debt.done.includes(reversalId)) return []
  const data = { ...partOf(debt, command), reversalId }
  return [{ type: 'BadDebtWriteOffReversed', data }]
}

function recover(command: RecoverBadDebt, debt: WrittenOff): readonly BadDebtEvent[] {
  const { recoveryId, method } = command
  if (debt.done.includes(recoveryId)) return []
  return [{ type: 'BadDebtRecovered', data: { ...partOf(debt, command), recoveryId, method } }]
}

function partOf(debt: WrittenOff, command: ReverseBadDebtWriteOff | RecoverBadDebt) {
  const { badDebtId, occurredOn, source, reason } = command
  const { customerId, saleId, currency } = debt
  dayAfterFact(occurredOn, command.today, debt.occurredOn)
  const amount = upTo(BigInt(debt.left), command.amount, currency, {
    nothing: ['WRITE_OFF_NOTHING_LEFT', { badDebtId }],
    above: ['WRITE_OFF_ABOVE_LEFT', 'left'],
  })
  return present({
    badDebtId,
    customerId,
    saleId,
    currency,
    amount: String(amount),
    occurredOn,
    source,
    reason,
  })
}

function correctText(command: CorrectBadDebtText, state: BadDebt): readonly BadDebtEvent[] {
  const { type: _, before: _before, ...data } = command
  if (state.status === 'none') {
    throw new Rejection('BAD_DEBT_UNKNOWN', { badDebtId: command.badDebtId })
  }
  return isOther(command) ? [{ type: 'BadDebtTextCorrected', data: present(data) }] : []
}

export const badDebt: Decider<BadDebt, BadDebtCommand, BadDebtEvent> = {
  category: 'badDebt',
  stateVersion: 2,
  initial: { status: 'none' },
  evolve,
  decide,
}
