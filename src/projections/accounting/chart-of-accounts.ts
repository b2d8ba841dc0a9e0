import type { PaymentMethod } from '#domain/finance/documents.ts'

export type AccountType =
  | 'asset'
  | 'contra_asset'
  | 'liability'
  | 'equity'
  | 'income'
  | 'contra_income'
  | 'expense'

/** Whose balances a control account is made of. Only documents post to it, never a manual entry. */
export type Party = 'customer' | 'agent' | 'wallet'

export interface Account {
  /** As it stands in every posting; sorts the chart. */
  readonly code: string
  /** Key of its name in the messages of each language. */
  readonly name: string
  readonly type: AccountType
  /** Present on control accounts, which are kept per party and never netted across. */
  readonly party?: Party
}

/** The accounts that facts post to by themselves. accounting.md, section 3. */
export const chartOfAccounts = {
  cash: account('1000', 'cash', 'asset'),
  bank: account('1010', 'bank', 'asset'),
  card_clearing: account('1020', 'card_clearing', 'asset'),
  cheques: account('1030', 'cheques', 'asset'),
  mobile_money: account('1040', 'mobile_money', 'asset'),
  client_bank: account('1050', 'client_bank', 'asset'),
  receivable: account('1100', 'receivable', 'asset', 'customer'),
  allowance_doubtful: account('1190', 'allowance_doubtful', 'contra_asset'),
  tax_payable: account('2100', 'tax_payable', 'liability'),
  customer_credit: account('2200', 'customer_credit', 'liability', 'customer'),
  customer_wallets: account('2250', 'customer_wallets', 'liability', 'wallet'),
  client_money_payable: account('2300', 'client_money_payable', 'liability', 'customer'),
  commission_payable: account('2400', 'commission_payable', 'liability', 'agent'),
  sales_revenue: account('4000', 'sales_revenue', 'income'),
  commission_income: account('4010', 'commission_income', 'income'),
  usage_revenue: account('4020', 'usage_revenue', 'income'),
  sales_returns: account('4090', 'sales_returns', 'contra_income'),
  usage_refunds: account('4095', 'usage_refunds', 'contra_income'),
  bad_debts_recovered: account('4200', 'bad_debts_recovered', 'income'),
  commission_expense: account('5000', 'commission_expense', 'expense'),
  bad_debt_expense: account('5100', 'bad_debt_expense', 'expense'),
} as const satisfies Readonly<Record<string, Account>>

export type AccountName = keyof typeof chartOfAccounts

/** Where money of each method stands. */
export const accountOfMethod: Readonly<Record<PaymentMethod, AccountName>> = {
  cash: 'cash',
  bank: 'bank',
  card: 'card_clearing',
  cheque: 'cheques',
  mobile_money: 'mobile_money',
}

function account(code: string, name: string, type: AccountType, party?: Party): Account {
  return party === undefined ? { code, name, type } : { code, name, type, party }
}
