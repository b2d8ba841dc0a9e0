import type { KeyedHash } from '#log/key-ring.ts'
import { plainText } from '../search-text.ts'

/** By what a customer can be reached, and found without anybody having to read it. */
export type ContactKind = 'phone' | 'email'

/** Fewer digits are no number that could be somebody's alone. */
const MIN_DIGITS = 5
/** What a national number has at least, so that one that begins as the calling code does is told apart. */
const MIN_NATIONAL_DIGITS = 8

/**
 * A telephone number in one form, however it was written: `+` and the digits of E.164, in Arabic, Persian or
 * Latin. A number that begins with `+` or `00` says its country; a `(0)` after that is left out. Any other
 * is of the country whose calling code is given, with or without a zero before it or that code; without a
 * code it stays as it was written, less its zeros, and is found by the same way of writing only. An
 * extension counts as digits of the number. Undefined: no number.
 */
export function phoneForm(phone: string, callingCode?: string | null): string | undefined {
  const written = plainText(phone)
  const digits = written.replace(/[^0-9]/g, '')
  if (digits.length < MIN_DIGITS) return undefined
  const isInternational = /^[^0-9]*\+/.test(written) || digits.startsWith('00')
  if (isInternational) {
    return `+${written
      .replace('(0)', '')
      .replace(/[^0-9]/g, '')
      .replace(/^00/, '')}`
  }
  const national = digits.replace(/^0+/, '')
  if (callingCode === undefined || callingCode === null) return national
  const saysCode =
    digits.startsWith(callingCode) && digits.length >= callingCode.length + MIN_NATIONAL_DIGITS
  return saysCode ? `+${digits}` : `+${callingCode}${national}`
}

/** An e-mail address in one form, whatever its case and width. Undefined: no address. */
export function emailForm(email: string): string | undefined {
  const form = email.normalize('NFKC').trim().toLowerCase()
  return form.includes('@') ? form : undefined
}

/** Where it is written: of which organisation, and with which calling code its national numbers are. */
export interface WrittenIn {
  readonly organisation: string
  readonly callingCode?: string | null | undefined
}

/** Says whether two contacts of an organisation are the same, and nothing else about them. Undefined: it is none. */
export function contactHash(
  keyedHash: KeyedHash,
  { organisation, callingCode }: WrittenIn,
  kind: ContactKind,
  contact: string,
): string | undefined {
  const form = kind === 'phone' ? phoneForm(contact, callingCode) : emailForm(contact)
  return form === undefined ? undefined : keyedHash('contact', organisation, kind, form)
}
