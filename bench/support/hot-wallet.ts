import { type InventedEvent, inventedId, ORGANISATION } from './invented-year.ts'

export const walletId = inventedId(4, 1)
const customerId = inventedId(2, 1)

/** One wallet that is topped up once and debited ever after, through a year of so many movements. */
export function* hotWallet(movements: number): Generator<InventedEvent> {
  const stream = `wallet-${ORGANISATION}.${walletId}`
  const dimensions = { walletId, customerId, currency: 'GBP' } as const
  for (let n = 0; ; n += 1) {
    const day = dayOf(Math.floor((n * 365) / (movements + 2)))
    const at = { stream, commandId: inventedId(23, n), day }
    const ofDay = { ...dimensions, occurredOn: day }
    const movement = String(n + 1)
    const amounts = { net: '10', tax: '2', gross: '12', taxCode: 'S', taxRate: '20' }
    if (n === 0) {
      yield { ...at, event: { type: 'WalletOpened', data: { ...ofDay, creditLimit: '0' } } }
    } else if (n === 1) {
      const amount = String(movements * 12)
      const data = { ...ofDay, movement, method: 'bank' as const, amount }
      yield { ...at, event: { type: 'WalletToppedUp', data } }
    } else {
      yield { ...at, event: { type: 'WalletDebited', data: { ...ofDay, movement, ...amounts } } }
    }
  }
}

function dayOf(day: number): string {
  return new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10)
}
