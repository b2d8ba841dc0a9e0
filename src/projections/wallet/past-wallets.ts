import type { ReadonlyKysely } from 'kysely/readonly'
import { findCustomerAsOf } from '../crm/past-customers.ts'
import { type PastSource, rowAsOf } from '../log/past-events.ts'
import type { ReadModels } from '../read-models.ts'
import { heldAt, type Wallet } from './wallet-queries.ts'
import { wallet } from './wallet.ts'
import { wallets } from './wallets.ts'

/** A wallet as at an ordinal of the organisation, and what was held of it at an instant, by what was known then. */
export async function findWalletAsOf(
  source: PastSource,
  db: ReadonlyKysely<ReadModels>,
  walletId: string,
  { ordinal, instant }: { readonly ordinal: string; readonly instant: string },
): Promise<Wallet | undefined> {
  const of = { projection: wallets, table: wallet, key: { wallet_id: walletId } }
  const found = await rowAsOf(source, db, of, ordinal)
  if (found === undefined) return undefined
  const customer = await findCustomerAsOf(source, db, found.customer_id, ordinal)
  return {
    ...found,
    customer_name: customer?.name ?? null,
    held: await heldAt(db, walletId, ordinal, instant),
  }
}
