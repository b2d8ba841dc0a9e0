import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import { unreachable } from '#domain/decider.ts'
import { Rejection } from '#domain/rejection.ts'
import { decodeCursor, encodeCursor, type PageRequest, pageOf } from '#projections/page.ts'
import { isDay } from '#projections/period.ts'
import type { ReadModels } from '#projections/read-models.ts'
import {
  creditLimits,
  type MovementFilter,
  type MovementFigure,
  movementSum,
  movementsByPeriod,
  movementsOneByOne,
  openHolds,
} from '#projections/wallet/movement-queries.ts'
import { findWallet, walletBalanceAt } from '#projections/wallet/wallet-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { dayIn } from '../fields.ts'
import { mayOnRecord } from '../permissions.ts'
import { listMeta } from '../reads.ts'
import { refuseUnheard } from '../validation.ts'
import { walletParams } from '../wallet/wallet-body.ts'
import type { ExplainDeps } from './explain.ts'
import {
  definedOf,
  type Explained,
  explainFields,
  explainHref,
  explanationAnswer,
  explanationOut,
  type Part,
  withEvents,
} from './explanation.ts'
import { type FigureEntry, templateOf } from './figures.ts'
import { periodIn } from './period-in.ts'

const figures = ['balance', 'held', 'creditLimit', 'available'] as const
type WalletFigure = (typeof figures)[number]
const path = '/api/explain/wallets/:id/:figure'
/** What is asked of one figure alone. */
const askedOf = { period: 'balance', as_of: 'balance', movement: 'balance', hold: 'held' } as const

export const walletFigures: readonly FigureEntry[] = [
  ...figures.map((figure) => ({
    name: `wallet.${figure}`,
    href: templateOf(path, figure),
    shownAs: [`Wallet.${figure}`, `WalletBalance.${figure}`],
  })),
  {
    name: 'wallet.balance as of a day',
    href: templateOf(path, 'balance', ['as_of']),
    shownAs: ['WalletStatement.opening', 'WalletStatement.closing'],
  },
  {
    name: 'wallet.balance after a movement',
    href: templateOf(path, 'balance', ['movement']),
    shownAs: ['WalletMovement.balance'],
  },
]

type Db = ReadonlyKysely<ReadModels>
const movementIn = z.string().regex(/^\d{1,10}$/)

interface Asked extends PageRequest {
  readonly compare: boolean
  readonly walletId: string
  readonly period?: string | undefined
  readonly as_of?: string | undefined
  readonly movement?: string | undefined
  readonly hold?: string | undefined
  readonly knownAt?: string | undefined
  /** As it was asked, to be handed on: an instant says more than the ordinal that it means. */
  readonly known_at?: string | undefined
  /** The instant at which holds are open or not. */
  readonly at: string
}

/** The figures of a wallet, down to its movements and their events. */
export function addWalletExplanations(app: App, { read, limits, clock }: ExplainDeps): void {
  app.get(
    path,
    {
      ...mayOnRecord('read', 'explain'),
      schema: {
        tags: ['explain'],
        summary: 'What a figure of a wallet is made of: months, days, movements; holds; limits',
        params: z.strictObject({ ...walletParams.shape, figure: z.enum(figures) }),
        querystring: z.strictObject({
          period: periodIn.optional().describe('Of the balance.'),
          as_of: dayIn.optional().describe('Of the balance: movements up to this day.'),
          movement: movementIn
            .optional()
            .describe('Of the balance: after this movement, as a statement shows it.'),
          hold: movementIn.optional().describe('Of what is held: one hold.'),
          ...explainFields(limits),
        }),
        response: { 200: answer(explanationOut, listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id: walletId, figure } = request.params
      const { min_position: _, ...query } = request.query
      refuseUnheard(
        query,
        Object.entries(askedOf).flatMap(([name, of]) => (of === figure ? [] : name)),
      )
      const page = await read(request, 'wallets', async (db, known) => {
        const at = known?.instant ?? clock()
        const asked = { ...query, walletId, at, knownAt: known?.ordinal }
        return withEvents(db, await explain(db, figure, asked))
      })
      return explanationAnswer(request, reply, page, query.limit)
    },
  )
}

interface Standing {
  readonly currency: string
  readonly balance: string
  readonly held: string
  readonly credit_limit: string
}

/** As the read model has it, or as it was known. */
async function standingOf(db: Db, { walletId, knownAt, at }: Asked): Promise<Standing> {
  const found =
    knownAt === undefined
      ? await findWallet(db, walletId, at)
      : await walletBalanceAt(db, walletId, knownAt, at)
  if (found === undefined) throw new Rejection('WALLET_UNKNOWN', { walletId })
  return found
}

async function explain(db: Db, figure: WalletFigure, asked: Asked): Promise<Explained> {
  const standing = await standingOf(db, asked)
  switch (figure) {
    case 'balance':
      return explainBalance(db, asked, standing)
    case 'held':
      return explainHeld(db, asked, standing)
    case 'creditLimit':
      return explainLimit(db, asked, standing)
    case 'available':
      return explainAvailable(asked, standing)
    default:
      return unreachable(figure)
  }
}

function explained(
  figure: WalletFigure,
  asked: Asked,
  currency: string,
  found: {
    readonly amount: string
    readonly parts: Explained['parts']
    readonly total: string | undefined
  },
): Explained {
  const { walletId, period, as_of, movement, hold } = asked
  return {
    figure: {
      name: `wallet.${figure}`,
      of: definedOf({ id: walletId, period, as_of, movement, hold }),
      value: { amount: found.amount, currency },
    },
    parts: found.parts,
    partsTotal: found.total === undefined ? undefined : { amount: found.total, currency },
  }
}

async function explainBalance(db: Db, asked: Asked, standing: Standing): Promise<Explained> {
  const { walletId, period, as_of, movement, knownAt, known_at, compare } = asked
  const { currency } = standing
  const filter = { walletId, period, asOf: as_of, upTo: movement, knownAt }
  const isPart = [period, as_of, movement].some((one) => one !== undefined)
  const sum = isPart || compare ? await movementSum(db, 'amount', filter) : undefined
  const amount = isPart ? (sum ?? '0') : standing.balance
  const total = compare ? sum : undefined
  if (isDay(period)) {
    const parts = await movementParts(db, 'amount', filter, asked, currency)
    return explained('balance', asked, currency, { amount, parts, total })
  }
  const { items, next } = await movementsByPeriod(db, filter, asked)
  const parts = items.map((item): Part => {
    const of = { id: walletId, period: item.period, as_of, movement }
    return {
      name: 'period',
      of: definedOf(of),
      value: { amount: item.amount, currency },
      explain: explainHref(path, { ...of, figure: 'balance', known_at }),
    }
  })
  return explained('balance', asked, currency, { amount, parts: { items: parts, next }, total })
}

async function movementParts(
  db: Db,
  figure: MovementFigure,
  filter: MovementFilter,
  asked: Asked,
  currency: string,
): Promise<Explained['parts']> {
  const { items, next } = await movementsOneByOne(db, figure, filter, asked)
  return {
    items: items.map((row) => ({
      name: row.kind,
      of: { id: filter.walletId, movement: row.movement },
      value: { amount: row[figure], currency },
      ordinal: row.ordinal,
    })),
    next,
  }
}

async function explainHeld(db: Db, asked: Asked, standing: Standing): Promise<Explained> {
  const { walletId, hold, knownAt, known_at, at, compare } = asked
  const { currency } = standing
  const filter = { walletId, knownAt }
  if (hold !== undefined) return explainHold(db, { ...asked, hold }, currency)
  const { items, next } = await openHolds(db, filter, at, asked)
  const parts = items.map((item): Part => {
    const of = { id: walletId, hold: item.hold }
    return {
      name: 'hold',
      of,
      value: { amount: item.amount, currency },
      explain: explainHref(path, { ...of, figure: 'held', known_at }),
    }
  })
  const total = compare ? await sumOfHolds(db, filter, at) : undefined
  const amount = standing.held
  return explained('held', asked, currency, { amount, parts: { items: parts, next }, total })
}

/** What is left of one hold: nothing once its time is over, also before an event says so. */
async function explainHold(
  db: Db,
  asked: Asked & { readonly hold: string },
  currency: string,
): Promise<Explained> {
  const { walletId, hold, knownAt, at, limit } = asked
  const filter = { walletId, knownAt, hold }
  const [open] = (await openHolds(db, filter, at, { limit: 1 })).items
  const amount = open?.amount ?? '0'
  const over = String(BigInt(amount) - BigInt(await movementSum(db, 'held', filter)))
  const total = asked.compare ? amount : undefined
  const parts = await movementParts(db, 'held', filter, asked, currency)
  if (over === '0' || parts.next !== undefined) {
    return explained('held', asked, currency, { amount, parts, total })
  }
  const last = parts.items.at(-1)
  if (last !== undefined && parts.items.length === limit) {
    const next = encodeCursor([last.of['movement'] ?? ''])
    return explained('held', asked, currency, { amount, parts: { ...parts, next }, total })
  }
  // The event that holds says how long.
  const held = (await movementsOneByOne(db, 'held', filter, { limit: 1 })).items[0]
  const of = { id: walletId, hold }
  const value = { amount: over, currency }
  const timeOver: Part = { name: 'time_over', of, value, ordinal: held?.ordinal }
  const items = [...parts.items, timeOver]
  return explained('held', asked, currency, { amount, parts: { items, next: undefined }, total })
}

/** Open holds are at most a thousand. */
async function sumOfHolds(db: Db, filter: MovementFilter, at: string): Promise<string> {
  const { items } = await openHolds(db, filter, at, { limit: 10_000 })
  return String(items.reduce((sum, { amount }) => sum + BigInt(amount), 0n))
}

async function explainLimit(db: Db, asked: Asked, standing: Standing): Promise<Explained> {
  const { currency } = standing
  const limits = await creditLimits(db, asked)
  const changes = limits.map(({ ordinal, credit_limit }, index): Part => {
    const before = limits[index - 1]?.credit_limit ?? '0'
    const amount = String(BigInt(credit_limit) - BigInt(before))
    const name = index === 0 ? 'opened' : 'changed'
    return { name, of: { id: asked.walletId }, value: { amount, currency }, ordinal }
  })
  const after = asked.cursor === undefined ? -1n : BigInt(decodeCursor(asked.cursor, ['number'])[0])
  const rest = changes.filter(({ ordinal }) => BigInt(ordinal ?? '0') > after)
  const parts = pageOf(rest.slice(0, asked.limit + 1), asked.limit, (part) => [part.ordinal ?? ''])
  const total = asked.compare ? (limits.at(-1)?.credit_limit ?? '0') : undefined
  return explained('creditLimit', asked, currency, { amount: standing.credit_limit, parts, total })
}

function explainAvailable(asked: Asked, standing: Standing): Explained {
  const { currency } = standing
  const terms = {
    balance: standing.balance,
    held: String(-BigInt(standing.held)),
    creditLimit: standing.credit_limit,
  } as const
  const items = Object.entries(terms).map(([name, amount]): Part => {
    const of = { id: asked.walletId }
    return {
      name: `wallet.${name}`,
      of,
      value: { amount, currency },
      explain: explainHref(path, { ...of, figure: name, known_at: asked.known_at }),
    }
  })
  const sum = Object.values(terms).reduce((total, amount) => total + BigInt(amount), 0n)
  return explained('available', asked, currency, {
    amount: String(sum),
    parts: { items, next: undefined },
    total: asked.compare ? String(sum) : undefined,
  })
}
