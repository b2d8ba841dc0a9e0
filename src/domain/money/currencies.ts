import { Rejection } from '../rejection.ts'

/**
 * Decimals of every currency of ISO 4217. From table A.1 as kept by SIX, the standard's maintenance
 * agency (list-one.xml), read on 2026-02-01 in the public-domain copy github.com/datasets/currency-codes.
 * Not from `Intl`, which follows custom rather than the standard (IRR 0, HUF 0). Units that ISO gives
 * no decimals at all (gold, special drawing rights, test codes) are no money here.
 */
const codesByExponent: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
      CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
      GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
      MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
      PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
      TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}

/** Withdrawn since 2015 (table A.3): documents of those years still name them. */
const withdrawnByExponent: Readonly<Record<number, string>> = {
  0: 'BYR',
  2: 'ANG BGN CUC HRK MRO SLL STD VEF ZWL',
}

function exponentsOf(table: Readonly<Record<number, string>>): [string, number][] {
  return Object.entries(table).flatMap(([exponent, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, Number(exponent)]),
  )
}

const exponents: ReadonlyMap<string, number> = new Map([
  ...exponentsOf(codesByExponent),
  ...exponentsOf(withdrawnByExponent),
])

/** Every currency code that amounts may have, in alphabetical order. */
export const currencies: readonly string[] = [...exponents.keys()].toSorted()

export function isCurrency(code: string): boolean {
  return exponents.has(code)
}

/**
 * How many decimals the currency has: 2 for SAR, 0 for JPY, 3 for KWD.
 *
 * @throws Rejection CURRENCY_UNKNOWN
 */
export function exponentOf(currency: string, field?: string): number {
  const exponent = exponents.get(currency)
  if (exponent === undefined) throw new Rejection('CURRENCY_UNKNOWN', { currency }, field)
  return exponent
}
