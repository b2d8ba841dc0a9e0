import { badDebt } from '#domain/finance/bad-debt.ts'
import type { RecordedSale } from '#domain/finance/sale.ts'
import type { OperationDeps } from '../operation.ts'

/**
 * What came in after all of debts of the sale that were written off, in minor units. Recoveries are
 * never taken back: what is read here still holds when the sale decides.
 */
export async function recoveredOf(
  { handler }: OperationDeps,
  organisation: string,
  { writeOffs }: RecordedSale,
): Promise<bigint> {
  const standing = Object.keys(writeOffs).filter((badDebtId) => writeOffs[badDebtId] !== '0')
  const recovered = standing.map(async (badDebtId) => {
    const { state } = await handler.load(badDebt, organisation, badDebtId, { age: 'now' })
    return state.status === 'writtenOff' ? BigInt(state.recovered) : 0n
  })
  return (await Promise.all(recovered)).reduce((sum, amount) => sum + amount, 0n)
}
