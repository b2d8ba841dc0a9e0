import { Rejection } from '#domain/rejection.ts'
import { findCustomer } from '#projections/crm/customer-queries.ts'
import { crmCustomers, customer } from '#projections/crm/customers.ts'
import { findCustomerAsOf } from '#projections/crm/past-customers.ts'
import { badDebt } from '#projections/finance/bad-debt.ts'
import { creditNote } from '#projections/finance/credit-note.ts'
import { customerCredit } from '#projections/finance/customer-credit.ts'
import { payment } from '#projections/finance/payment.ts'
import { sale } from '#projections/finance/sale.ts'
import { financeSales } from '#projections/finance/sales.ts'
import type { RowFigures } from './rows.ts'

const amounts = { amount: 'net', tax: 'tax', gross: 'gross' } as const

/** The figures of documents and customers: each a column of one row. */
export const rowFigures: readonly RowFigures[] = [
  {
    name: 'sale',
    path: '/api/explain/sales/:id/:figure',
    projection: financeSales,
    table: sale,
    key: { id: 'sale_id' },
    unknown: ({ id }) => new Rejection('SALE_UNKNOWN', { saleId: id }),
    figures: {
      saleAmount: 'net',
      tax: 'tax',
      gross: 'gross',
      paid: 'paid',
      overpaid: 'overpaid',
      credited: 'credited',
      allocated: 'allocated',
      writtenOff: 'written_off',
      cancelled: 'cancelled',
      owed: 'owed',
      clientMoney: 'client_money',
      'commission.net': 'commission_net',
      'commission.gross': 'commission_accrued',
      'commission.takenBack': 'commission_taken_back',
      'commission.paid': 'commission_paid',
    },
    schemas: ['Sale', 'SaleDetail'],
  },
  {
    name: 'payment',
    path: '/api/explain/sales/:id/payments/:paymentId/:figure',
    projection: financeSales,
    table: payment,
    key: { id: 'sale_id', paymentId: 'payment_id' },
    unknown: ({ paymentId }) => new Rejection('PAYMENT_UNKNOWN', { paymentId }),
    figures: {
      amount: 'amount',
      toReceivable: 'to_receivable',
      toCredit: 'to_credit',
      toClientMoney: 'to_client_money',
    },
    schemas: ['SaleDetail.payments'],
  },
  {
    name: 'credit_note',
    path: '/api/explain/credit-notes/:id/:figure',
    projection: financeSales,
    table: creditNote,
    key: { id: 'credit_note_id' },
    unknown: ({ id }) => new Rejection('CREDIT_NOTE_UNKNOWN', { creditNoteId: id }),
    figures: amounts,
    schemas: ['CreditNote', 'CreditNoteDetail', 'SaleDetail.creditNotes'],
  },
  {
    name: 'bad_debt',
    path: '/api/explain/bad-debts/:id/:figure',
    projection: financeSales,
    table: badDebt,
    key: { id: 'bad_debt_id' },
    unknown: ({ id }) => new Rejection('BAD_DEBT_UNKNOWN', { badDebtId: id }),
    figures: { writtenOff: 'written_off', reversed: 'reversed', recovered: 'recovered' },
    schemas: ['BadDebt'],
  },
  {
    name: 'customer_credit',
    path: '/api/explain/customer-credits/:customerId/:figure',
    projection: financeSales,
    table: customerCredit,
    key: { customerId: 'customer_id', currency: 'currency' },
    unknown: ({ customerId }) => new Rejection('CUSTOMER_UNKNOWN', { customerId }),
    // Who never had credit has none.
    isThere: async (source, db, { customerId = '' }, until) =>
      undefined !==
      (until === undefined
        ? await findCustomer(db, customerId)
        : await findCustomerAsOf(source, db, customerId, until)),
    figures: {
      received: 'received',
      reserved: 'reserved',
      allocated: 'allocated',
      refunded: 'refunded',
      available: 'available',
    },
    schemas: ['CustomerCredit.credits'],
  },
  {
    name: 'customer',
    path: '/api/explain/customers/:id/:figure',
    projection: crmCustomers,
    table: customer,
    key: { id: 'customer_id' },
    unknown: ({ id }) => new Rejection('CUSTOMER_UNKNOWN', { customerId: id }),
    figures: { sales: 'sales' },
    counts: ['sales'],
    schemas: ['Customer'],
  },
]
