import t from 'tap'
import type { OperationDeps } from '#commands/operation.ts'
import {
  approveErasure,
  type RequestDeps,
  requestErasure,
} from '#commands/privacy/request-erasure.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { chargeBackTopUp } from '#commands/wallet/charge-back-top-up.ts'
import { commandWallet, type WalletRequest } from '#commands/wallet/command-wallet.ts'
import { openWallet } from '#commands/wallet/open-wallet.ts'
import { refundDebit } from '#commands/wallet/refund-debit.ts'
import { Business } from '#test/support/business.ts'
import { documentsOfLog } from '#test/support/documents-of-log.ts'
import { linkedOfLog } from '#test/support/linked-of-log.ts'

const usd = (amount: bigint) => ({ amount, currency: 'USD' })
const depsOf = (business: Business): RequestDeps => ({
  ...business.deps,
  keyRing: business.keys,
  findDocuments: documentsOfLog(business.store, business.keys),
  findLinked: linkedOfLog(business.store),
})
const ask = (business: Business, customerId: string) =>
  requestErasure(depsOf(business), { customerId, reason: 'asked_by_person' }, business.context())

/** A wallet of somebody, what is new business in it, and how one of its commands is sent. */
async function filledWallet(business: Business) {
  const customerId = await business.customer()
  const { walletId } = await openWallet(business.deps, { customerId }, business.context())
  const topUp = { type: 'TopUpWallet', walletId, amount: usd(1000n), method: 'bank' } as const
  const news: readonly WalletRequest[] = [
    topUp,
    { type: 'DebitWallet', walletId, usage: { amount: 100n } },
    { type: 'HoldFunds', walletId, amount: usd(50n) },
    { type: 'ChangeCreditLimit', walletId, creditLimit: 200n },
  ]
  const send = (request: WalletRequest, key?: string, deps: OperationDeps = business.deps) =>
    commandWallet(deps, request, business.context(key))
  return { customerId, walletId, topUp, news, send }
}

t.test('nothing new is recorded in the wallet, and what was accepted is answered', async (t) => {
  const business = new Business()
  await changeSettings(business.deps, { erasureNeedsApproval: true }, business.context())
  const { customerId, walletId, news, send } = await filledWallet(business)
  const nothing = { type: 'ChangeCreditLimit', walletId, creditLimit: 200n } as const
  const first = []
  for (const request of news) first.push(await send(request, request.type))
  t.same((await send(nothing, 'nothing')).events, [], 'it is that already')
  await ask(business, customerId)
  for (const request of news) await send(request)
  const second = business.context(undefined, { actor: 'second' })
  await approveErasure(depsOf(business), customerId, second)

  const before = business.store.log.length
  for (const request of news) {
    const refused = { code: 'CUSTOMER_RESTRICTED', facts: { customerId } }
    await t.rejects(send(request), refused, request.type)
  }
  for (const [at, request] of news.entries()) {
    const { events, revision } = first[at] ?? {}
    t.match(await send(request, request.type), { events, revision, replayed: true }, request.type)
  }
  t.match(await send(nothing, 'nothing'), { events: [], replayed: true })
  business.restart()
  for (const request of news) {
    await t.rejects(send(request), { code: 'CUSTOMER_RESTRICTED' }, request.type)
    t.match(await send(request, request.type), { replayed: true }, request.type)
  }
  t.equal(business.store.log.length, before)
})

t.test('what stands in it already is settled', async (t) => {
  const business = new Business()
  const { customerId, walletId, topUp, send } = await filledWallet(business)
  await send(topUp)
  await send(topUp)
  await send({ type: 'DebitWallet', walletId, usage: { amount: 100n } })
  await send({ type: 'HoldFunds', walletId, amount: usd(50n) })
  await send({ type: 'HoldFunds', walletId, amount: usd(60n) })
  await ask(business, customerId)
  await send({ type: 'CaptureHold', walletId, hold: '5', usage: {} })
  await send({ type: 'ReleaseHold', walletId, hold: '6' })
  await refundDebit(business.deps, { walletId, debit: '4' }, business.context())
  await chargeBackTopUp(business.deps, { walletId, topUp: '2' }, business.context())
  await send({ type: 'SuspendWallet', walletId })
  await send({ type: 'ResumeWallet', walletId })
  await send({ type: 'PayOutWallet', walletId, amount: usd(900n), method: 'bank' })
  t.match(business.last('WalletPaidOut'), { customerId, amount: '900' })
})

t.test('another process refuses a minute later', async (t) => {
  const business = new Business()
  const { customerId, topUp, send } = await filledWallet(business)
  const other = business.deps
  business.restart()
  await send(topUp, undefined, other)
  await ask(business, customerId)
  await t.rejects(send(topUp), { code: 'CUSTOMER_RESTRICTED' }, 'at once where it was approved')
  const now = performance.now.bind(performance)
  t.teardown(() => Object.assign(performance, { now }))
  performance.now = () => now() + 60_000
  await t.rejects(send(topUp, undefined, other), { code: 'CUSTOMER_RESTRICTED' })
})

t.test('who is about is looked up in memory, however many commands there are', async (t) => {
  const business = new Business()
  const { customerId, topUp, send } = await filledWallet(business)
  await send(topUp)
  const { store } = business
  const readStream = store.readStream.bind(store)
  let reads = 0
  store.readStream = (stream, ...more) => {
    if (stream === `customer-main.${customerId}`) reads += 1
    return readStream(stream, ...more)
  }
  for (let i = 0; i < 300; i += 1) await send(topUp)
  t.equal(reads, 0)
  reads = 0
  business.restart()
  await Promise.all(Array.from({ length: 100 }, () => send(topUp)))
  t.equal(reads, 1, 'once for all who come at the same time')
})
