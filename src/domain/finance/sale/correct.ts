import { present } from '../../fields.ts'
import { type Correction, isOther, type TextBefore } from '../../privacy/correction.ts'
import type { SaleEvent } from '../sale.ts'
import type { RecordedSale } from './state.ts'

/** Where a text of a sale stands: in the reference of a payment, or in the reason of the cancellation. */
export interface SaleTextPlace {
  readonly saleId: string
  readonly field: 'reference' | 'reason'
  /** The payment whose reference it is. */
  readonly paymentId?: string | undefined
}

/** No figure changes by it. */
export interface CorrectSaleText extends SaleTextPlace, Correction, TextBefore {
  readonly type: 'CorrectSaleText'
}

export function correctText(command: CorrectSaleText, sale: RecordedSale): readonly SaleEvent[] {
  if (!isOther(command)) return []
  const { saleId, field, paymentId, text, reason } = command
  const { customerId } = sale
  const data = present({ saleId, customerId, field, paymentId, text, reason })
  return [{ type: 'SaleTextCorrected', data }]
}
