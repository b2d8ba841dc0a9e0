import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import type { MovementRow } from '#projections/wallet/movement.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { findWalletAsOf } from '#projections/wallet/past-wallets.ts'
import {
  findWallet,
  listWallets,
  type Wallet,
  walletBalanceAt,
  walletStatement,
} from '#projections/wallet/wallet-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { booleanIn, currencyIn, dayIn, idIn, instantIn, listFields } from '../fields.ts'
import { type KnownAt, knownAtQuery } from '../known-at.ts'
import { money, moneyOut } from '../money.ts'
import { may } from '../permissions.ts'
import { nameless, oneWithoutRestricted, pageWithoutRestricted } from '../privacy/restricted.ts'
import { freshnessQuery, linkHeader, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import { movementKinds } from './wallet-answers.ts'
import { walletParams } from './wallet-body.ts'

export interface WalletReadDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
  /** UTC instant. */
  readonly clock: () => string
}

const tags = ['wallets']

const standing = {
  balance: moneyOut,
  held: moneyOut.describe('Set aside, and not expired.'),
  creditLimit: moneyOut,
  available: moneyOut.describe(
    'Balance less holds plus credit limit; below zero after a chargeback.',
  ),
}

const walletOut = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    customerName: z.string().nullable(),
    name: z.string().nullable(),
    currency: z.string(),
    ...standing,
    suspended: z.enum(['below_floor', 'asked']).nullable(),
    openedOn: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'Wallet' })

const balanceOut = z
  .strictObject({ id: z.string(), at: z.string(), ...standing })
  .meta({ id: 'WalletBalance' })

const lineOut = z
  .strictObject({
    movement: z.string(),
    kind: movementKinds,
    about: z.string().nullable(),
    amount: moneyOut.describe('What it did to the balance.'),
    held: moneyOut.describe('What it did to the money that is set aside.'),
    balance: moneyOut.describe('After it.'),
    net: moneyOut.nullable(),
    tax: moneyOut.nullable(),
    taxCode: z.string().nullable(),
    method: z.string().nullable(),
    reference: z.string().nullable(),
    text: z.string().nullable(),
    expiresAt: z.string().nullable(),
    occurredOn: z.string(),
    recordedAt: z.string(),
    ordinal: z.string(),
  })
  .meta({ id: 'WalletMovement' })

const statementOut = z
  .strictObject({
    id: z.string(),
    opening: moneyOut.describe('Before the first day.'),
    closing: moneyOut.describe('After the last day.'),
    movements: z.array(lineOut),
  })
  .meta({ id: 'WalletStatement' })

interface Standing {
  readonly currency: string
  readonly balance: string
  readonly held: string
  readonly credit_limit: string
}

function standingView({ currency, balance, held, credit_limit }: Standing) {
  const available = BigInt(balance) - BigInt(held) + BigInt(credit_limit)
  return {
    balance: money(balance, currency),
    held: money(held, currency),
    creditLimit: money(credit_limit, currency),
    available: money(available, currency),
  }
}

function walletView(row: Wallet): z.output<typeof walletOut> {
  return {
    id: row.wallet_id,
    customerId: row.customer_id,
    customerName: row.customer_name,
    name: row.name,
    currency: row.currency,
    ...standingView(row),
    suspended: row.suspended,
    openedOn: row.opened_on,
    revision: row.revision,
  }
}

function lineView(
  row: MovementRow & { readonly balance: string },
  currency: string,
): z.output<typeof lineOut> {
  const amountOf = (amount: string | null) => (amount === null ? null : money(amount, currency))
  return {
    movement: row.movement,
    kind: row.kind,
    // A hold is kept as speaking of itself, so that all of a hold is found together.
    about: row.about === row.movement ? null : row.about,
    amount: money(row.amount, currency),
    held: money(row.held, currency),
    balance: money(row.balance, currency),
    net: amountOf(row.net),
    tax: amountOf(row.tax),
    taxCode: row.tax_code,
    method: row.method,
    reference: row.reference,
    text: row.text,
    expiresAt: row.expires_at,
    occurredOn: row.occurred_on,
    recordedAt: row.recorded_at,
    ordinal: row.ordinal,
  }
}

/** Wallets as they stand, as they stood, and what moved in them. */
export function addWalletReads(app: App, deps: WalletReadDeps): void {
  addList(app, deps)
  addOne(app, deps)
  addBalance(app, deps)
  addStatement(app, deps)
}

function addList(app: App, { read, limits, clock }: WalletReadDeps): void {
  app.get(
    '/api/wallets',
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'Wallets, latest first',
        querystring: z.strictObject({
          customerId: idIn.optional(),
          currency: currencyIn.optional(),
          suspended: booleanIn.optional(),
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(walletOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, min_position: _, ...filter } = request.query
      const page = await read(request, 'wallets', async (db) => {
        const found = await listWallets(db, filter, { limit, cursor }, clock())
        return pageWithoutRestricted(request, db, found, unnamed)
      })
      return listAnswer(request, reply, page, limit, walletView)
    },
  )
}

function addOne(app: App, { read, clock, sourceFor }: WalletReadDeps): void {
  app.get(
    '/api/wallets/:id',
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'One wallet',
        params: walletParams,
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(walletOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'wallets', async (db, known) => {
        const wallet =
          known === undefined
            ? await findWallet(db, id, clock())
            : await findWalletAsOf(sourceFor(request), db, id, known)
        return oneWithoutRestricted(request, db, wallet, unnamed)
      })
      if (found === undefined) throw new Rejection('WALLET_UNKNOWN', { walletId: id })
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: walletView(found), meta }
    },
  )
}

function addBalance(app: App, { read, clock }: WalletReadDeps): void {
  app.get(
    '/api/wallets/:id/balance',
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'Balance and what was available at an instant, by what was recorded until then',
        params: walletParams,
        querystring: z.strictObject({
          at: instantIn.optional().describe('Now when absent; with `known_at`, that moment.'),
          ...knownAtQuery,
          ...freshnessQuery,
        }),
        response: { 200: answer(balanceOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const now = clock()
      const { at: asked, known_at: knownAt } = request.query
      // Until an instant that is to come, all is recorded that there is.
      const past = asked !== undefined && asked <= now ? asked : undefined
      const options = { knownAt: knownAt ?? past }
      const find = async (db: ReadonlyKysely<ReadModels>, known: KnownAt | undefined) => {
        const at = asked ?? known?.instant ?? now
        // What all movements sum to is kept beside them.
        if (known === undefined) return { at, wallet: await findWallet(db, id, at) }
        return { at, wallet: await walletBalanceAt(db, id, known.ordinal, at) }
      }
      const { found, meta } = await read(request, 'wallets', find, options)
      const { at, wallet } = found
      if (wallet === undefined) throw new Rejection('WALLET_UNKNOWN', { walletId: id })
      return { success: true as const, data: { id, at, ...standingView(wallet) }, meta }
    },
  )
}

function addStatement(app: App, { read, limits, clock }: WalletReadDeps): void {
  app.get(
    '/api/wallets/:id/statement',
    {
      ...may('read'),
      schema: {
        tags,
        summary: 'The movements of some days, oldest first, between opening and closing balance',
        params: walletParams,
        querystring: z.strictObject({
          from: dayIn.optional(),
          to: dayIn.optional(),
          ...knownAtQuery,
          ...listFields(limits),
        }),
        response: { 200: answer(statementOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { from, to, limit, cursor } = request.query
      const { found, meta } = await read(request, 'wallets', async (db, known) => {
        const wallet = await findWallet(db, id, clock())
        if (wallet === undefined || isOpenedAfter(wallet, known)) return undefined
        const asked = { from, to, knownAt: known?.ordinal }
        const statement = await walletStatement(db, id, asked, { limit, cursor })
        const seen = await oneWithoutRestricted(request, db, wallet, unnamed)
        return { ...statement, currency: wallet.currency, isRestricted: seen !== wallet }
      })
      if (found === undefined) throw new Rejection('WALLET_UNKNOWN', { walletId: id })
      const { opening, closing, lines, currency, isRestricted } = found
      reply.header('link', linkHeader(request, lines.next))
      return {
        success: true as const,
        data: {
          id,
          opening: money(opening, currency),
          closing: money(closing, currency),
          movements: lines.items.map((row) =>
            lineView(isRestricted ? { ...row, reference: null, text: null } : row, currency),
          ),
        },
        meta: { ...meta, limit, nextCursor: lines.next ?? null },
      }
    },
  )
}

/** What was known did not know of it yet. */
function isOpenedAfter({ ordinal }: Wallet, known: KnownAt | undefined): boolean {
  return known !== undefined && BigInt(ordinal) > BigInt(known.ordinal)
}

/** Of a customer who is restricted. */
function unnamed(row: Wallet): Wallet {
  return { ...nameless(row), name: null }
}
