import type { ApiAnswer, TestApi } from '#test/support/api.ts'
import { dig, type TestCaller } from '#test/support/server.ts'

/** A command of a bulk, as a test writes it. */
export interface Item {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly idempotencyKey: string
  readonly ifMatch?: string
  readonly body?: unknown
}

export interface Outcome {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

export const post = (path: string, idempotencyKey: string, body: object = {}): Item => ({
  method: 'POST',
  path,
  idempotencyKey,
  body,
})

type Asked = { readonly caller?: TestCaller; readonly headers?: Readonly<Record<string, string>> }

export function send(
  api: TestApi,
  commands: readonly unknown[],
  asked: Asked = {},
): Promise<ApiAnswer> {
  return api.call('POST', '/api/bulk', { body: { commands }, ...asked })
}

export function outcomesOf(answer: ApiAnswer): readonly Outcome[] {
  return dig(answer, 'data') as readonly Outcome[]
}

/** `201`, or `422 CODE`. */
export function verdictOf({ status, body }: Pick<Outcome, 'status' | 'body'>): string {
  return status < 300 ? String(status) : `${status} ${String(body['code'])}`
}

/** The same command as a request of its own. */
export async function alone(api: TestApi, item: Item, asked: Asked = {}): Promise<Outcome> {
  const { method, path, idempotencyKey: key, ifMatch, body } = item
  const headers = { ...asked.headers, ...(ifMatch !== undefined && { 'if-match': ifMatch }) }
  const answer = await api.call(method, path, { ...asked, key, headers, body })
  const ofCommand = ['etag', 'location', 'daybook-position', 'idempotency-replayed', 'retry-after']
  const told = ofCommand.flatMap((name) => {
    const value = answer.headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    status: answer.status,
    headers: Object.fromEntries(told),
    body: answer.body as Outcome['body'],
  }
}
