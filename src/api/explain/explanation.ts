import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import { eventsAt } from '#projections/log/event-queries.ts'
import type { Page } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { booleanIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { money, moneyOut } from '../money.ts'
import { linkHeader, type ReadQuery, type readMeta } from '../reads.ts'

/** A figure: minor units of a currency, or a count where there is none. */
export interface Value {
  readonly amount: string
  readonly currency?: string | undefined
}

/** What a figure is of: the columns of its key, as the API names them. */
export type Of = Readonly<Record<string, string>>

/** One of the parts that add up to a figure. */
export interface Part {
  readonly name: string
  readonly of: Of
  readonly value: Value
  /** The address that explains this part in turn. */
  readonly explain?: string | undefined
  /** The organisation's ordinal of the event that it comes from, where it is one event. */
  readonly ordinal?: string | undefined
}

/** A figure with its parts, as a query finds them. */
export interface Explained {
  readonly figure: { readonly name: string; readonly of: Of; readonly value: Value }
  readonly parts: Page<Part>
  /** The sum of all parts, not only of this page; absent when nobody asked for the comparison. */
  readonly partsTotal?: Value | undefined
}

const valueOut = z
  .union([moneyOut, z.int()])
  .describe('Money, or a whole number where the figure is a count.')
const ofOut = z.record(z.string(), z.string())

const partOut = z
  .strictObject({
    name: z.string(),
    of: ofOut,
    value: valueOut,
    explain: z.string().optional().describe('The address that explains this part in turn.'),
    event: z
      .strictObject({
        id: z.string(),
        type: z.string(),
        ordinal: z.string(),
        stream: z.string(),
        revision: z.int(),
        href: z.string(),
      })
      .optional()
      .describe('The event that this part comes from.'),
  })
  .meta({ id: 'ExplanationPart' })

/** A figure, what it is made of, and whether the parts add up to what the read model shows. */
export const explanationOut = z
  .strictObject({
    figure: z.strictObject({ name: z.string(), of: ofOut, value: valueOut }),
    knownAt: z.string().nullable().describe('`meta.knownAt` when asked; null: as of now.'),
    parts: z.array(partOut),
    partsTotal: valueOut.nullable().describe('The sum of all parts, with `compare=true`.'),
    equal: z.boolean().nullable().describe('Whether that is the figure, with `compare=true`.'),
  })
  .meta({ id: 'Explanation' })

/** What every explanation may be asked. */
export function explainFields(limits: Parameters<typeof listFields>[0]) {
  return {
    compare: booleanIn
      .default(false)
      .describe('true: all parts are summed, those of other pages too, and compared.'),
    ...knownAtQuery,
    ...listFields(limits),
  }
}

type PartOut = z.output<typeof partOut>

/** The parts with the events that they come from, asked for once for the page. */
export async function withEvents(
  db: ReadonlyKysely<ReadModels>,
  explained: Explained,
): Promise<Explained & { readonly page: readonly PartOut[] }> {
  const ordinals = explained.parts.items.flatMap(({ ordinal }) => ordinal ?? [])
  const events = new Map(
    (await eventsAt(db, ordinals)).map((event) => [event.organisation_ordinal, event]),
  )
  const page = explained.parts.items.map(({ name, of, value, explain, ordinal = '' }): PartOut => {
    const event = events.get(ordinal)
    return {
      name,
      of,
      value: valueView(value),
      ...(explain !== undefined && { explain }),
      ...(event !== undefined && {
        event: {
          id: event.event_id,
          type: event.type,
          ordinal,
          stream: event.stream,
          revision: event.revision,
          href: `/api/events/${event.event_id}`,
        },
      }),
    }
  })
  return { ...explained, page }
}

/** The envelope of an explanation, with the Link header of its next page. */
export function explanationAnswer(
  request: FastifyRequest<{ Querystring: ReadQuery }>,
  reply: FastifyReply,
  read: {
    readonly found: Awaited<ReturnType<typeof withEvents>>
    readonly meta: z.output<typeof readMeta>
  },
  limit: number,
) {
  const { found, meta } = read
  const { figure, parts, partsTotal, page } = found
  reply.header('link', linkHeader(request, parts.next))
  return {
    success: true as const,
    data: {
      figure: { ...figure, value: valueView(figure.value) },
      knownAt: request.query.known_at === undefined ? null : meta.knownAt,
      parts: [...page],
      partsTotal: partsTotal === undefined ? null : valueView(partsTotal),
      equal: partsTotal === undefined ? null : isSame(partsTotal, figure.value),
    },
    meta: { ...meta, limit, nextCursor: parts.next ?? null },
  }
}

function valueView({ amount, currency }: Value): z.output<typeof valueOut> {
  return currency === undefined ? Number(amount) : money(amount, currency)
}

function isSame(a: Value, b: Value): boolean {
  return BigInt(a.amount) === BigInt(b.amount) && a.currency === b.currency
}

/** An address of an explanation, its parameters in place. */
export function explainHref(path: string, of: Readonly<Record<string, string | undefined>>) {
  const query = new URLSearchParams()
  const filled = Object.entries(of).reduce((url, [name, value]) => {
    if (value === undefined) return url
    const parameter = new RegExp(`:${name}\\b`)
    if (parameter.test(url)) return url.replace(parameter, () => encodeURIComponent(value))
    query.append(name, value)
    return url
  }, path)
  const text = query.toString()
  return text === '' ? filled : `${filled}?${text}`
}

/** The names that have a value. */
export function definedOf(names: Readonly<Record<string, string | undefined>>): Of {
  return Object.fromEntries(
    Object.entries(names).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
