import type { Projection } from '../engine/projection.ts'
import { correctedText } from './corrected-text.ts'
import { creditLimit } from './credit-limit.ts'
import { hold } from './hold.ts'
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
union all
select 'open holds differ from the movements', m.organisation, m.wallet_id, null,
    (m.held - coalesce(h.amount, 0))::text
  from (
    select organisation, wallet_id, sum(held) as held
      from :schema.movement group by organisation, wallet_id
  ) m
  left join (
    select organisation, wallet_id, sum(amount) as amount
      from :schema.hold group by organisation, wallet_id
  ) h using (organisation, wallet_id)
  where m.held <> coalesce(h.amount, 0)
`

const before = [wallet, movement, hold, creditLimit]

/** Wallets, the movements that their balances are sums of, and what is held of them. */
export const wallets: Projection = {
  name: 'wallets',
  version: 4,
  tables: [...before, correctedText],
  invariant,
  // Followed, so that who is erased leaves it too.
  previous: { name: 'wallets', version: 3, tables: before, invariant },
}
