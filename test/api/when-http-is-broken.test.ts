import { once } from 'node:events'
import { maxHeaderSize } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { testApi } from '#test/support/api.ts'

/** What never reaches a route is answered as everything else is: by a problem with the id of its request. */

const api = await testApi(t)
const { port } = new URL(await api.app.listen({ port: 0 }))

/** What the server says to these very bytes, until it ends the connection. */
async function said(bytes: string) {
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim()
  const problem = JSON.parse(body) as Readonly<Record<string, unknown>>
  return { status: Number(head.split(' ')[1]), header, problem }
}

const ending = 'host: daybook\r\nconnection: close\r\n\r\n'

t.test(
  'an address that is not rightly encoded, without saying back what was searched',
  async (t) => {
    const { status, header, problem } = await said(
      `GET /api/%zz?search=Chanda HTTP/1.1\r\n${ending}`,
    )
    t.match({ status, problem }, { status: 400, problem: { code: 'REQUEST_MALFORMED' } })
    t.equal(header('x-request-id'), problem['requestId'])
    t.notMatch(JSON.stringify(problem), 'Chanda')
  },
)

t.test('headers that are too large', async (t) => {
  const long = 'x'.repeat(maxHeaderSize)
  const { status, header, problem } = await said(`GET /${long} HTTP/1.1\r\n${ending}`)
  t.match({ status, problem }, { status: 431, problem: { code: 'HEADERS_TOO_LARGE', status: 431 } })
  t.match(problem['detail'], String(maxHeaderSize))
  t.equal(header('content-type'), 'application/problem+json')
  t.equal(header('x-request-id'), problem['requestId'])
})

t.test('what is no HTTP at all', async (t) => {
  const { status, header, problem } = await said('Open the books!\r\n\r\n')
  t.match({ status, problem }, { status: 400, problem: { code: 'REQUEST_MALFORMED' } })
  t.equal(header('x-request-id'), problem['requestId'])
})

t.test('and the next one is served', async (t) => {
  t.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200)
})
