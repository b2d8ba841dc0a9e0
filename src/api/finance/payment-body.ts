import { z } from 'zod'

/** The fields of a payment beside its amount and method. */
export const paymentFields = {
  purpose: z
    .enum(['price', 'commission'])
    .optional()
    .describe('price, or our commission of a brokered sale.'),
  route: z
    .enum(['through_us', 'direct'])
    .optional()
    .describe('direct: a brokered price that was paid past us, a memo.'),
  reference: z.string().max(200).optional(),
}
