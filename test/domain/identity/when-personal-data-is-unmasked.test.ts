import t from 'tap'
import {
  inForce,
  UNMASKING_DAYS_MAX,
  type UnmaskingsCommand,
  type UnmaskingsEvent,
  unmaskings,
} from '#domain/identity/unmaskings.ts'
import { given } from '../given-when-then.ts'

const now = '2026-11-21T09:30:00.000Z'
const grant = {
  type: 'GrantUnmasking',
  unmaskingId: 'u1',
  actor: 'alma',
  until: '2026-11-22T09:30:00.000Z',
  now,
  reason: 'A complaint',
} as const
const end = { type: 'EndUnmasking', unmaskingId: 'u1' } as const
const after = (...commands: readonly UnmaskingsCommand[]) =>
  commands.reduce<readonly UnmaskingsEvent[]>(
    (past, command) => given(unmaskings, past).after(command),
    [],
  )

t.test('somebody is shown personal data until an instant, for a reason', async (t) => {
  const { type: _, now: _now, ...data } = grant
  t.strictSame(given(unmaskings, []).when(grant), [{ type: 'UnmaskingGranted', data }])
  const ofOne = { ...grant, subject: 'c1' }
  t.strictSame(given(unmaskings, []).when(ofOne), [
    { type: 'UnmaskingGranted', data: { ...data, subject: 'c1' } },
  ])
})

t.test(`it is for ${UNMASKING_DAYS_MAX} days at most, and not for the past`, async (t) => {
  const latest = '2026-12-21T09:30:00.000Z'
  const until = (instant: string) => given(unmaskings, []).when({ ...grant, until: instant })
  t.match(until(latest), [{ type: 'UnmaskingGranted' }])
  t.strictSame(until('2026-12-21T09:30:00.001Z'), {
    code: 'UNMASKING_TOO_LONG',
    facts: { latest, days: UNMASKING_DAYS_MAX },
    field: 'until',
  })
  t.strictSame(until(now), { code: 'UNMASKING_OVER', facts: { now }, field: 'until' })
})

t.test('it is ended once, before its time or after', async (t) => {
  t.strictSame(given(unmaskings, after(grant)).when(end), [
    { type: 'UnmaskingEnded', data: { unmaskingId: 'u1', actor: 'alma' } },
  ])
  t.strictSame(given(unmaskings, after(grant, end)).when(end), [])
  const unknown = { ...end, unmaskingId: 'constructor' }
  t.strictSame(given(unmaskings, after(grant)).when(unknown), {
    code: 'UNMASKING_UNKNOWN',
    facts: { unmaskingId: 'constructor' },
    field: undefined,
  })
})

t.test('it is in force for whom it was granted to, until it is over or ended', async (t) => {
  const idsOf = (actor: string, at: string, ...commands: readonly UnmaskingsCommand[]) =>
    inForce(given(unmaskings, after(...commands)).state, actor, at).map(([id]) => id)
  const other = { ...grant, unmaskingId: 'u2', subject: 'c1', until: '2026-11-21T10:00:00.000Z' }
  t.strictSame(idsOf('alma', now, grant, other), ['u1', 'u2'])
  t.strictSame(idsOf('omar', now, grant, other), [])
  t.strictSame(idsOf('alma', other.until, grant, other), ['u1'], 'not at the instant itself')
  t.strictSame(idsOf('alma', now, grant, other, end), ['u2'])
  t.strictSame(idsOf('alma', grant.until, grant, other), [])
})

t.test('no state holds why', async (t) => {
  t.notMatch(JSON.stringify(given(unmaskings, after(grant, end)).state), /complaint/i)
})
