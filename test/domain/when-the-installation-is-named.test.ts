import t from 'tap'
import { callerTokens } from '#config'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { isStreamName } from '#log/check-append.ts'
import { ORGANISATION_ID, parseStreamName, streamName } from '#log/stream-name.ts'

t.test('the installation has streams of its own, and nobody can be of it', async (t) => {
  const stream = streamName('user', INSTALLATION, '0198')
  t.ok(isStreamName(stream))
  t.strictSame(parseStreamName(stream), {
    category: 'user',
    organisation: INSTALLATION,
    id: '0198',
  })
  t.notMatch(INSTALLATION, ORGANISATION_ID)
  const token = { token: 'a-token-of-somebody-1', actor: 'ann', role: 'owner' }
  t.notOk(callerTokens.safeParse([{ ...token, organisation: INSTALLATION }]).success)
  t.ok(callerTokens.safeParse([{ ...token, organisation: 'installation' }]).success)
})
