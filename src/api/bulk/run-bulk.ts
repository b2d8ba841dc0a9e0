import { setImmediate as breathe } from 'node:timers/promises'
import { z } from 'zod'
import type { Asked } from '../command-order.ts'
import { ApiError } from '../errors.ts'
import { type Problem, type Refusal, refusalOf } from '../problem.ts'
import { fieldErrors } from '../validation.ts'
import { written } from '../written.ts'
import { type BulkCommand, type BulkRequest, readCommand } from './bulk-command.ts'
import { InOrder, type Place } from './in-order.ts'
import { type Outcome, outcomeOfRefusal } from './outcome.ts'
import type { RouteTable } from './route-table.ts'

/** Commands of one bulk at work at once. */
const AT_ONCE = 256
/** Commands read before others have their turn in this process. */
const READ_AT_ONCE = 32

export const commandIn = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  path: written(/^\/[^\s?#]*$/, '/api/wallets/7/debits')
    .max(2000)
    .describe('Where it would be sent by itself, such as `/api/wallets/7/debits`.'),
  idempotencyKey: z.string().describe('As the header `Idempotency-Key`.'),
  ifMatch: z.string().optional().describe('As the header `If-Match`.'),
  body: z.unknown().optional().describe('As the body of its own request.'),
})

export interface BulkSetting extends BulkRequest {
  readonly routes: RouteTable
  /** True when nothing more is to be begun. */
  readonly isCut: () => boolean
  /** The problem document, and the error in our logs where it is a fault of ours. */
  readonly tell: (refusal: Refusal, told: Told) => Promise<Problem>
}

/** What was refused: a command, where it could be understood as one. */
export interface Told {
  readonly path: string
  readonly error: unknown
  readonly command?: Pick<z.output<typeof commandIn>, 'method' | 'idempotencyKey'> | undefined
}

/** One outcome per command, in the order of the bulk. */
export async function runBulk(
  commands: readonly unknown[],
  setting: BulkSetting,
): Promise<readonly Outcome[]> {
  const order = new InOrder({ atOnce: AT_ONCE, isCut: setting.isCut })
  const outcomes: Promise<Outcome>[] = []
  for (const [i, sent] of commands.entries()) {
    outcomes.push(outcomeOf(sent, i, order, setting))
    if (i % READ_AT_ONCE === READ_AT_ONCE - 1) await breathe()
  }
  return Promise.all(outcomes)
}

/** Takes its place in the order before it first waits. */
async function outcomeOf(
  sent: unknown,
  i: number,
  order: InOrder,
  setting: BulkSetting,
): Promise<Outcome> {
  let path = '/api/bulk'
  let command: Told['command']
  let asked: Asked | undefined
  let outcome: Outcome | undefined
  const refused = async (error: unknown): Promise<Outcome> => {
    const refusal = refusalOf(error, asked)
    return outcomeOfRefusal(refusal, await setting.tell(refusal, { path, error, command }))
  }
  try {
    const item = parseItem(sent, i)
    path = item.path
    command = item
    const read = readCommand(setting.routes, setting, item)
    asked = read.asked
    const key = `${item.method} ${path} ${item.idempotencyKey}`
    await order.add(placeOf(read, key), async (turn) => {
      try {
        outcome = { kind: 'accepted', ...(await read.run(turn)) }
      } catch (error) {
        outcome = await refused(error)
      }
      return { isKnown: outcome.kind !== 'unknown' }
    })
    return outcome ?? (await refused(new ApiError('BULK_INTERRUPTED')))
  } catch (error) {
    return refused(error)
  }
}

/** @throws ApiError REQUEST_INVALID whose pointers begin at the bulk's own body. */
function parseItem(sent: unknown, i: number): z.output<typeof commandIn> {
  const parsed = commandIn.safeParse(sent, { reportInput: true })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => ({
    ...issue,
    path: ['commands', i, ...issue.path],
  }))
  throw new ApiError('REQUEST_INVALID', {}, fieldErrors(issues, 'body'))
}

/** The same key again waits for the first, whatever else the two touch. */
function placeOf({ order, asked }: BulkCommand, key: string): Place {
  if (order === undefined) return { touches: undefined, inGroups: false }
  return { touches: [...order.touches(asked), `key:${key}`], inGroups: order.inGroups === true }
}
