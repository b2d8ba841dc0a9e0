import type { ReadonlyKysely } from 'kysely/readonly'
import {
  type FigurePart,
  type PartsQuestion,
  partsOf,
  sumOfParts,
} from '#projections/analytics/part-queries.ts'
import type { PageRequest } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { ApiError } from '../errors.ts'
import { type Explained, explainHref, type Of, type Part, type Value } from './explanation.ts'

/** A figure of users and days, with what it is the sum of. */
export interface UserFigure {
  readonly name: string
  /** As the read model itself shows it, in minor units or as a count. */
  readonly value: string
  readonly question: PartsQuestion
  /** How the API calls the user of this figure. */
  readonly userName: 'user' | 'agent'
  /** The address of this explanation, with `:field`. */
  readonly path: string
  readonly knownAt: string | undefined
}

/** A figure, and its years, months, days or events: whichever comes next on the way down. */
export async function explainUserFigure(
  db: ReadonlyKysely<ReadModels>,
  figure: UserFigure,
  page: PageRequest & { readonly compare: boolean },
): Promise<Explained> {
  const { name, question, value } = figure
  const { user, currency, from, to } = question
  const parts = await partsOf(db, question, page)
  const shown = {
    figure: {
      name,
      of: present({ [figure.userName]: user, currency, from, to }),
      value: valueOf(question, value),
    },
    parts: { ...parts, items: parts.items.map((part) => partOf(figure, part)) },
  }
  if (!page.compare) return shown
  return { ...shown, partsTotal: valueOf(question, await sumOfParts(db, question)) }
}

function partOf({ name, question, userName, path, knownAt }: UserFigure, part: FigurePart): Part {
  const { user, currency } = question
  const value = valueOf(question, part.value)
  if ('time' in part) {
    const { time, period, from, to } = part
    const days = { field: name, [userName]: user, currency, from, to, known_at: knownAt }
    return {
      name: time,
      of: present({ [userName]: user, currency, [time]: period }),
      value,
      explain: explainHref(path, days),
    }
  }
  const { measure, user_id, day, ordinal } = part
  const of = present({ [userName]: user_id, day, currency: part.currency || undefined })
  return { name: measure, of, value, ordinal }
}

function valueOf({ shows, currency }: PartsQuestion, amount: string): Value {
  return shows === 'count' ? { amount } : { amount, currency }
}

function present(of: Readonly<Record<string, string | undefined>>): Of {
  const given = Object.entries(of).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined
  })
  return Object.fromEntries(given)
}

/** @throws ApiError REQUEST_INVALID: amounts of several currencies do not add up. */
export function currencyOf(
  shows: PartsQuestion['shows'],
  currency: string | undefined,
): string | undefined {
  if (shows === 'count' || currency !== undefined) return currency
  const field = { in: 'query', pointer: '/currency', code: 'FIELD_REQUIRED' } as const
  throw new ApiError('REQUEST_INVALID', {}, [{ ...field, facts: { field: 'currency' } }])
}
