import { z } from 'zod'
import { currencyIn, dayIn, idIn } from '../fields.ts'

/** What lists of documents may be narrowed by. */
export const documentFilters = {
  customerId: idIn.optional(),
  saleId: idIn.optional(),
  currency: currencyIn.optional(),
  number: z.string().max(64).optional().describe('The number in the system it came from.'),
  from: dayIn.optional(),
  to: dayIn.optional(),
}
