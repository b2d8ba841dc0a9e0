import type { FastifyReply } from 'fastify'
import type { EventOf, EventType } from '#domain/events.ts'
import type { AnsweredCommand } from './command-requests.ts'

/** The data of the first event of a type, where the command has one. */
export function dataOf<Type extends EventType>(
  events: readonly { readonly type: string; readonly data: object }[],
  type: Type,
): EventOf<Type>['data'] | undefined {
  return events.find((event) => event.type === type)?.data as EventOf<Type>['data'] | undefined
}

/** As `dataOf`; its absence means that the command did something else than it should. */
export function needData<Type extends EventType>(
  events: readonly { readonly type: string; readonly data: object }[],
  type: Type,
): EventOf<Type>['data'] {
  const data = dataOf(events, type)
  if (data === undefined) throw new Error(`The command has no ${type}`)
  return data
}

/** The envelope of what a command did. */
export function doneAnswer<Data>({ replayed }: AnsweredCommand, data: Data) {
  return { success: true as const, data, meta: { replayed } }
}

/** As `doneAnswer`, with the address at which what was made is shown. */
export function createdAnswer<Data>(
  reply: FastifyReply,
  outcome: AnsweredCommand,
  [path, id]: readonly [path: string, id: string],
  data: Data,
) {
  reply.code(201).header('location', `${path}/${encodeURIComponent(id)}`)
  return doneAnswer(outcome, data)
}
