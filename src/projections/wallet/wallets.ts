import type { Projection } from '../engine/projection.ts'
import { creditLimit } from './credit-limit.ts'
import { movement } from './movement.ts'
import { wallet } from './wallet.ts'

const invariant = `
select 'balance differs from its movements' as finding, w.organisation, w.wallet_id as subject,
    w.currency, (w.balance - coalesce(m.amount, 0))::text as difference
  from :schema.wallet w
  left join (
    select organisation, wallet_id, sum(amount) as amount
      from :schema.movement group by organisation, wallet_id
  ) m using (organisation, wallet_id)
  where w.balance <> coalesce(m.amount, 0)
`

/** Wallets, and the movements that their balances are sums of. */
export const wallets: Projection = {
  name: 'wallets',
  version: 1,
  tables: [wallet, movement, creditLimit],
  invariant,
}
