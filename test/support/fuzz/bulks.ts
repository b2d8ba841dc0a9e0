import fc from 'fast-check'
import type { Operation } from './openapi.ts'
import { bodyPath, type FuzzRequest } from './request.ts'
import { described, requestsOf, spoilt } from './requests.ts'

/** Bulks of commands as they would be sent by themselves, broken ones among them. */
export function bulksOf(
  bulk: Operation,
  commands: readonly Operation[],
): fc.Arbitrary<FuzzRequest> {
  const command = fc
    .oneof(...commands.map(requestsOf))
    .chain((request) => fc.uuid().map((key) => itemOf(request, key)))
  const mixture = fc.array(command, { minLength: 1, maxLength: 6 })
  const asDescribed = fc
    .tuple(described({ ...bulk, body: undefined }), mixture)
    .map(([request, all]) => ({
      ...request,
      headers: { ...request.headers, 'content-type': 'application/json' },
      body: { commands: all },
    }))
  return fc.oneof(
    { weight: 3, arbitrary: asDescribed },
    { weight: 1, arbitrary: spoilt(asDescribed) },
  )
}

function itemOf(request: FuzzRequest, key: string): Record<string, unknown> {
  const { method, body, headers } = request
  return {
    method,
    path: bodyPath(request.path),
    idempotencyKey: headers['idempotency-key'] ?? key,
    ifMatch: headers['if-match'],
    body: body instanceof Buffer ? undefined : body,
  }
}
