import type { Projection } from '../engine/projection.ts'
import { badDebt } from './bad-debt.ts'
import { creditNote } from './credit-note.ts'
import { customerCredit } from './customer-credit.ts'
import { documentLines } from './document-lines.ts'
import { payment } from './payment.ts'
import { sale } from './sale.ts'

const tables = [sale, documentLines, payment, creditNote, badDebt, customerCredit]

/** The documents of sales as lists and pages show them: what is paid, credited and owed. */
export const financeSales: Projection = {
  name: 'finance_sales',
  version: 3,
  tables,
  // Followed, so that who is erased leaves it too.
  previous: { name: 'finance_sales', version: 2, tables },
}
