import t from 'tap'
import {
  type CommissionTiersCommand,
  type CommissionTiersEvent,
  commissionTiers,
  rateFor,
} from '#domain/organisation/commission-tiers.ts'
import { given } from '../given-when-then.ts'

const set = { type: 'SetCommissionTier', tier: 'senior', name: 'Senior', rate: '2.5' } as const
const assign = { type: 'AssignCommissionTier', agent: 'layla', tier: 'senior' } as const
const unassign = { type: 'UnassignCommissionTier', agent: 'layla' } as const
const remove = { type: 'RemoveCommissionTier', tier: 'senior' } as const
const choose = { type: 'ChooseDefaultCommissionTier', tier: 'senior' } as const
const after = (...commands: readonly CommissionTiersCommand[]) =>
  commands.reduce<readonly CommissionTiersEvent[]>(
    (past, command) => given(commissionTiers, past).after(command),
    [],
  )

t.test('a tier is set, and changes for sales from here on', async (t) => {
  t.strictSame(given(commissionTiers, []).when({ ...set, rate: '2.50' }), [
    { type: 'CommissionTierSet', data: { tier: 'senior', name: 'Senior', rate: '2.5' } },
  ])
  t.strictSame(given(commissionTiers, after(set)).when({ ...set, rate: '2.50' }), [])
  t.strictSame(given(commissionTiers, after(set)).when({ ...set, rate: '3' }), [
    { type: 'CommissionTierSet', data: { tier: 'senior', name: 'Senior', rate: '3' } },
  ])
})

t.test('a rate is a percentage', async (t) => {
  for (const rate of ['101', '-1', '1e1', '', '2,5', '0.0000000000001']) {
    t.strictSame(
      given(commissionTiers, []).when({ ...set, rate }),
      { code: 'RATE_INVALID', facts: { rate }, field: 'rate' },
      rate,
    )
  }
})

t.test('an agent earns by their own tier, else by the default, else nothing', async (t) => {
  const junior = { ...set, tier: 'junior', rate: '1' } as const
  const rate = (...commands: readonly CommissionTiersCommand[]) =>
    rateFor(given(commissionTiers, after(...commands)).state, 'layla')
  t.equal(rate(set), undefined)
  t.strictSame(rate(set, choose), { tier: 'senior', rate: '2.5' })
  const own = { ...assign, tier: 'junior' } as const
  t.strictSame(rate(set, junior, choose, own), { tier: 'junior', rate: '1' })
  t.strictSame(rate(set, junior, choose, own, unassign), { tier: 'senior', rate: '2.5' })
})

t.test('an agent is assigned to a tier that exists, once', async (t) => {
  t.strictSame(given(commissionTiers, after(set)).when(assign), [
    { type: 'CommissionTierAssigned', data: { agent: 'layla', tier: 'senior' } },
  ])
  t.strictSame(given(commissionTiers, after(set, assign)).when(assign), [])
  const unknown = {
    code: 'TIER_UNKNOWN',
    facts: { tier: 'constructor' },
    field: 'tier',
  }
  const nowhere = { tier: 'constructor' }
  t.strictSame(given(commissionTiers, after(set)).when({ ...assign, ...nowhere }), unknown)
  t.strictSame(given(commissionTiers, after(set)).when({ ...choose, ...nowhere }), unknown)
})

t.test('an assignment ends once', async (t) => {
  t.strictSame(given(commissionTiers, after(set, assign)).when(unassign), [
    { type: 'CommissionTierUnassigned', data: { agent: 'layla' } },
  ])
  t.strictSame(given(commissionTiers, after(set)).when(unassign), [])
})

t.test('a tier is chosen as the default once', async (t) => {
  t.strictSame(given(commissionTiers, after(set)).when(choose), [
    { type: 'DefaultCommissionTierChosen', data: { tier: 'senior' } },
  ])
  t.strictSame(given(commissionTiers, after(set, choose)).when(choose), [])
})

t.test('a tier is removed when nobody earns by it', async (t) => {
  t.strictSame(given(commissionTiers, after(set)).when(remove), [
    { type: 'CommissionTierRemoved', data: { tier: 'senior' } },
  ])
  t.strictSame(given(commissionTiers, after(set, remove)).when(remove), [])
  const inUse = { code: 'TIER_IN_USE', facts: { tier: 'senior' }, field: undefined }
  t.strictSame(given(commissionTiers, after(set, assign)).when(remove), inUse)
  t.strictSame(given(commissionTiers, after(set, choose)).when(remove), inUse)
})
