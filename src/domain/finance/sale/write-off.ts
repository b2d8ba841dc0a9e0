import { dayAfterFact, dayOfFact } from '../../dates.ts'
import { lookup, present } from '../../fields.ts'
import type { Money } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import { upTo } from '../checks.ts'
import type { DocumentSource } from '../documents.ts'
import type { SaleEvent } from '../sale.ts'
import { dimensionsOf, type RecordedSale } from './state.ts'

/** A bad debt names this sale: noted here first, then written off by the document with this amount. */
export interface WriteOffSaleDebt {
  readonly type: 'WriteOffSaleDebt'
  readonly saleId: string
  readonly badDebtId: string
  /** Absent: all that is owed. */
  readonly amount?: Money | undefined
  readonly occurredOn: string
  readonly today: string
  readonly source?: DocumentSource | undefined
  readonly reason?: string | undefined
}

/** The debt, or a part of it, is owed again. */
export interface ReverseSaleWriteOff {
  readonly type: 'ReverseSaleWriteOff'
  readonly saleId: string
  readonly badDebtId: string
  readonly reversalId: string
  /** Absent: all that is left of the write-off. */
  readonly amount?: Money | undefined
  readonly occurredOn: string
  readonly today: string
}

export function writeOff(command: WriteOffSaleDebt, sale: RecordedSale): readonly SaleEvent[] {
  const { saleId, badDebtId, occurredOn } = command
  if (lookup(sale.writeOffs, badDebtId) !== undefined) return []
  dayAfterFact(occurredOn, command.today, sale.occurredOn)
  const amount = upTo(BigInt(sale.owed), command.amount, sale.currency, {
    nothing: ['SALE_NOTHING_OWED', { saleId }],
    above: ['AMOUNT_ABOVE_OWED', 'owed'],
  })
  const { source, reason } = command
  const written = { badDebtId, amount: String(amount), source, reason }
  const data = present({ ...dimensionsOf(sale, occurredOn), ...written })
  return [{ type: 'SaleDebtWrittenOff', data }]
}

export function reverseWriteOff(
  command: ReverseSaleWriteOff,
  sale: RecordedSale,
): readonly SaleEvent[] {
  const { badDebtId, reversalId, occurredOn } = command
  if (sale.done.includes(reversalId)) return []
  dayOfFact(occurredOn, command.today)
  const left = lookup(sale.writeOffs, badDebtId)
  if (left === undefined) throw new Rejection('BAD_DEBT_UNKNOWN', { badDebtId })
  const amount = upTo(BigInt(left), command.amount, sale.currency, {
    nothing: ['WRITE_OFF_NOTHING_LEFT', { badDebtId }],
    above: ['WRITE_OFF_ABOVE_LEFT', 'left'],
  })
  const reversed = { badDebtId, reversalId, amount: String(amount) }
  return [
    { type: 'SaleWriteOffReversed', data: { ...dimensionsOf(sale, occurredOn), ...reversed } },
  ]
}
