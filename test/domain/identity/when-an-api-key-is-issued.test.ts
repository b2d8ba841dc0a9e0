import t from 'tap'
import { type ApiKeyEvent, apiKey } from '#domain/identity/api-key.ts'
import { given } from '../given-when-then.ts'

const now = '2026-11-21T10:00:00.000Z'
const apiKeyId = '0198c0de-0000-8000-8000-000000000031'
const issue = {
  type: 'IssueApiKey',
  apiKeyId,
  name: 'Till 2',
  role: 'service',
  grantable: ['watch', 'read', 'write'],
  prefix: 'dbk_0aZ9bY8c',
  now,
} as const
const issued: ApiKeyEvent = {
  type: 'ApiKeyIssued',
  data: {
    apiKeyId,
    name: 'Till 2',
    role: 'service',
    scopes: ['watch', 'read', 'write'],
    prefix: 'dbk_0aZ9bY8c',
  },
}
const revoked: ApiKeyEvent = { type: 'ApiKeyRevoked', data: { apiKeyId } }
const revoke = { type: 'RevokeApiKey', apiKeyId } as const

t.test('a key may do all that can be given, or less', async (t) => {
  t.strictSame(given(apiKey, []).when(issue), [issued])
  const scopes = ['read', 'read']
  t.strictSame(given(apiKey, []).when({ ...issue, scopes }), [
    { ...issued, data: { ...issued.data, scopes: ['read'] } },
  ])
})

t.test('a key may do nothing that cannot be given', async (t) => {
  for (const scope of ['administer', 'Read', '', '__proto__']) {
    t.strictSame(given(apiKey, []).when({ ...issue, scopes: ['read', scope] }), {
      code: 'SCOPE_NOT_ALLOWED',
      facts: { scope, role: 'service' },
      field: 'scopes',
    })
  }
})

t.test('a key expires later than now, or never', async (t) => {
  const later = '2026-11-21T10:00:00.001Z'
  t.match(given(apiKey, []).when({ ...issue, expiresAt: later }), [{ data: { expiresAt: later } }])
  for (const expiresAt of [now, '2026-11-21T09:59:59.999Z']) {
    t.strictSame(given(apiKey, []).when({ ...issue, expiresAt }), {
      code: 'API_KEY_EXPIRY_PAST',
      facts: { now },
      field: 'expiresAt',
    })
  }
})

t.test('a key is issued once and revoked once', async (t) => {
  t.strictSame(given(apiKey, [issued]).when(issue), [])
  t.strictSame(given(apiKey, [issued]).when(revoke), [revoked])
  t.strictSame(given(apiKey, [issued, revoked]).when(revoke), [])
  t.strictSame(given(apiKey, [issued, revoked]).when(issue), [], 'and does not come back')
})

t.test('a key that was never issued cannot be revoked', async (t) => {
  t.strictSame(given(apiKey, []).when(revoke), {
    code: 'API_KEY_UNKNOWN',
    facts: { apiKeyId },
    field: undefined,
  })
})
