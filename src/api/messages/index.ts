import type { RejectionFacts } from '#domain/rejection.ts'
import type { AccountName } from '#projections/accounting/chart-of-accounts.ts'
import type { MessageCode } from '../errors.ts'
import type { Language } from '../languages.ts'
import { ar } from './ar.ts'
import { en } from './en.ts'
import { fa } from './fa.ts'

/** What one language says. A code without a message does not compile. */
export interface Messages {
  /** One short title per HTTP status, the `title` of a problem. */
  readonly titles: Readonly<Record<number, string>>
  /** Per code: which field, which rule, what to do. `{name}` is filled from the facts. */
  readonly details: Readonly<Record<MessageCode, string>>
  /** Names of the accounts of the chart. */
  readonly accounts: Readonly<Record<AccountName, string>>
  /** How the request itself is called where a field's name would stand. */
  readonly wholeRequest: string
}

const byLanguage: Readonly<Record<Language, Messages>> = { en, ar, fa }

export function titleOf(language: Language, status: number): string {
  return byLanguage[language].titles[status] ?? String(status)
}

export function accountNameOf(language: Language, account: string): string {
  return new Map(Object.entries(byLanguage[language].accounts)).get(account) ?? account
}

/** The message of a code with its facts still to be filled in. */
export function messageTemplate(language: Language, code: MessageCode): string {
  return byLanguage[language].details[code]
}

/** The message of a code with its facts filled in. */
export function messageOf(language: Language, code: MessageCode, facts: RejectionFacts): string {
  const { details, wholeRequest } = byLanguage[language]
  return details[code].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const fact = facts[name]
    const text = name === 'field' && (fact === '' || fact === undefined) ? wholeRequest : fact
    return isolate(language, String(text ?? '?'))
  })
}

/** Names and numbers run left to right; isolated, they do not disturb a sentence that runs right to left. */
function isolate(language: Language, text: string): string {
  return language === 'en' ? text : `\u2068${text}\u2069`
}
