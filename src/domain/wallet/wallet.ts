import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import {
  amountOf,
  currencyCode,
  decimal,
  type EventsOf,
  identifier,
  localDate,
  millisecond,
  personal,
  taxCode,
} from '../event-schema.ts'
import { paymentMethod } from '../finance/documents.ts'
import { correctionUnder } from '../privacy/correction.ts'
import { Rejection } from '../rejection.ts'
import { staying } from './wallet/checks.ts'
import { type CorrectWalletText, correctText } from './wallet/correct.ts'
import {
  type CaptureHold,
  captureHold,
  type HoldFunds,
  holdFunds,
  type ReleaseHold,
  releaseHold,
} from './wallet/hold.ts'
import {
  type ChangeCreditLimit,
  changeCreditLimit,
  type OpenWallet,
  openWallet,
  type ResumeWallet,
  resumeWallet,
  type SuspendWallet,
  suspendWallet,
} from './wallet/keep.ts'
import { type ChargeBackTopUp, chargeBack, type TopUpWallet, topUp } from './wallet/receive.ts'
import {
  type DebitWallet,
  debit,
  type PayOutWallet,
  payOut,
  type RefundDebit,
  refundDebit,
} from './wallet/spend.ts'
import { evolve, type OpenedWallet, type Wallet } from './wallet/state.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

/** Dimensions that every event of a wallet repeats. */
const dimensions = {
  walletId: identifier,
  customerId: identifier,
  currency: currencyCode,
  occurredOn: localDate,
}

/** The place of an event in its wallet's stream, from 1: a line of the statement. Later facts name it. */
const movementNumber = z.string().regex(/^[1-9]\d{0,9}$/)

/** What was used, with its tax: taken from the wallet, or given back to it. */
const usage = {
  net: amountOf,
  tax: amountOf,
  gross: amountOf,
  taxCode: taxCode.optional(),
  /** Percent. */
  taxRate: decimal.optional(),
}

const text = (max: number) => personal('walletId', z.string().min(1).max(max)).optional()
/** In plain in events of before it counted as personal. */
const reference = text(200)

export const walletEvents = {
  WalletOpened: z.object({ ...dimensions, creditLimit: amountOf, name: text(200) }),
  /** How far below zero the balance may go. */
  WalletCreditLimitChanged: z.object({ ...dimensions, from: amountOf, to: amountOf }),
  WalletToppedUp: z.object({
    ...dimensions,
    movement: movementNumber,
    method: paymentMethod,
    amount: amountOf,
    reference,
  }),
  /** Never refused, whatever the floor. */
  WalletTopUpChargedBack: z.object({
    ...dimensions,
    movement: movementNumber,
    /** The movement that was the top-up. */
    topUp: movementNumber,
    method: paymentMethod,
    amount: amountOf,
    reason: text(1000),
  }),
  WalletDebited: z.object({
    ...dimensions,
    movement: movementNumber,
    ...usage,
    description: text(500),
    reference,
  }),
  /** Set aside, and not yet taken. */
  WalletFundsHeld: z.object({
    ...dimensions,
    movement: movementNumber,
    amount: amountOf,
    /** From this instant on it is free again, whether or not `WalletHoldExpired` has said so yet. */
    expiresAt: millisecond.optional(),
    reference,
  }),
  /** Taken of what was held; what it leaves is released by an event of its own, or stays held. */
  WalletHoldCaptured: z.object({
    ...dimensions,
    movement: movementNumber,
    hold: movementNumber,
    ...usage,
    description: text(500),
    reference,
  }),
  WalletHoldReleased: z.object({
    ...dimensions,
    movement: movementNumber,
    hold: movementNumber,
    amount: amountOf,
  }),
  WalletHoldExpired: z.object({
    ...dimensions,
    movement: movementNumber,
    hold: movementNumber,
    amount: amountOf,
  }),
  /** Of a debit or a capture, back to the wallet. */
  WalletDebitRefunded: z.object({
    ...dimensions,
    movement: movementNumber,
    /** The movement that was the debit. */
    debit: movementNumber,
    ...usage,
    reason: text(1000),
  }),
  /** Money that was not used left the wallet. */
  WalletPaidOut: z.object({
    ...dimensions,
    movement: movementNumber,
    method: paymentMethod,
    amount: amountOf,
    reference,
  }),
  /** Nothing more is taken or held until it is resumed. */
  WalletSuspended: z.object({
    ...dimensions,
    cause: z.enum(['below_floor', 'asked']),
    reason: text(1000),
  }),
  WalletResumed: z.object({ ...dimensions, cause: z.enum(['above_floor', 'asked']) }),
  WalletTextCorrected: z.object({
    walletId: identifier,
    customerId: identifier,
    field: z.enum(['name', 'reference', 'description', 'reason']),
    /** The place in the stream of the event that holds the text. */
    corrects: movementNumber,
    ...correctionUnder('walletId'),
  }),
} as const
export type WalletEvent = EventsOf<typeof walletEvents>

// ── State, Evolve ──────────────────────────────────────────────────────────────────────────────

export { availableAt, type OpenedWallet, type Wallet } from './wallet/state.ts'

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export type WalletCommand =
  | OpenWallet
  | ChangeCreditLimit
  | TopUpWallet
  | ChargeBackTopUp
  | DebitWallet
  | HoldFunds
  | CaptureHold
  | ReleaseHold
  | RefundDebit
  | PayOutWallet
  | SuspendWallet
  | ResumeWallet
  | CorrectWalletText

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: WalletCommand, state: Wallet): readonly WalletEvent[] => {
  switch (command.type) {
    case 'OpenWallet':
      return openWallet(command, state)
    case 'ChangeCreditLimit':
      return changeCreditLimit(command, staying(command, known(command, state)))
    case 'TopUpWallet':
      return topUp(command, staying(command, known(command, state)))
    case 'ChargeBackTopUp':
      return chargeBack(command, known(command, state))
    case 'DebitWallet':
      return debit(command, staying(command, known(command, state)))
    case 'HoldFunds':
      return holdFunds(command, staying(command, known(command, state)))
    case 'CaptureHold':
      return captureHold(command, known(command, state))
    case 'ReleaseHold':
      return releaseHold(command, known(command, state))
    case 'RefundDebit':
      return refundDebit(command, known(command, state))
    case 'PayOutWallet':
      return payOut(command, known(command, state))
    case 'SuspendWallet':
      return suspendWallet(command, known(command, state))
    case 'ResumeWallet':
      return resumeWallet(command, known(command, state))
    case 'CorrectWalletText':
      return correctText(command, known(command, state))
    default:
      return unreachable(command)
  }
}

function known({ walletId }: WalletCommand, state: Wallet): OpenedWallet {
  if (state.status === 'none') throw new Rejection('WALLET_UNKNOWN', { walletId })
  return state
}

export const wallet: Decider<Wallet, WalletCommand, WalletEvent> = {
  category: 'wallet',
  stateVersion: 4,
  initial: { status: 'none' },
  evolve,
  decide,
}
