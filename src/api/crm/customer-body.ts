import { z } from 'zod'
import { customerStatus } from '#domain/crm/customer.ts'
import { idIn } from '../fields.ts'

/** Where a customer stands, as it is sent, asked for and answered. */
export const statusOfCustomer = customerStatus.describe(
  '`closed` is won: a sale of the customer makes it so, whatever it was before. Another can be set at any time.',
)

/** The fields of a customer as they are sent. */
export const customerFields = {
  name: z.string().trim().min(1).max(200),
  phone: z.string().trim().min(1).max(40),
  email: z.email().max(254),
  agent: idIn.describe('The user who looks after the customer; the caller when absent.'),
  source: z.string().min(1).max(64),
  country: z.string().min(1).max(100),
  note: z.string().min(1).max(4000),
  paymentTermsDays: z.int().min(0).max(3650),
}
