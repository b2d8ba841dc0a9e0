import pg from 'pg'
import t from 'tap'
import { createLogger } from '#adapters/logging/logger.ts'

/** The lines that something logs. */
function lines(log: (logger: ReturnType<typeof createLogger>) => void): readonly string[] {
  const written: string[] = []
  log(createLogger('trace', { write: (line) => void written.push(line) }))
  return written
}

const line = (fields: object, message = 'happened'): string =>
  lines((logger) => logger.error(fields, message)).join('')

function refusedByPostgres(code: string, message: string): Error {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), {
    code,
    severity: 'ERROR',
    detail: 'Failing row contains (1, Thandi Nkosi, +27821234567).',
    where: 'COPY customer, line 1: "Thandi Nkosi"',
    table: 'customer',
  })
}

function parsing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return error
  }
}

t.test('of an error it says what it is, not what it carries', async (t) => {
  const failed = refusedByPostgres(
    '23505',
    'duplicate key value violates unique constraint "c_key"',
  )
  const said = JSON.parse(line({ err: new Error('outer', { cause: failed }) })) as object
  t.match(said, {
    msg: 'happened',
    err: {
      type: 'Error',
      message: 'outer',
      stack: /^ {4}at .*when-errors-are-logged/,
      cause: { code: '23505', message: /unique constraint "c_key"/ },
    },
  })
  t.notMatch(JSON.stringify(said), /Thandi|27821234567/)
  const all = new AggregateError([failed, Object.assign(new Error('x'), { row: 'Thandi' })], 'two')
  t.notMatch(line({ err: all }), /Thandi/)
  t.match(line({ err: all }), /23505/)
})

t.test('what an error quotes of what was sent is left out', async (t) => {
  const said = [
    line({ err: refusedByPostgres('22P02', 'invalid input syntax for type uuid: "Thandi "N" x"') }),
    line({ err: parsing('{"name": Thandi}') }),
    line({ err: parsing('Thandi') }),
  ]
  for (const text of said) {
    t.notMatch(text, /Thandi/)
    t.match(text, /…/)
  }
})

t.test('nothing that looks like a secret or a person is written, wherever it stands', async (t) => {
  const secrets = {
    'Bearer abc.def-123_456': 'abc.def',
    'cannot reach postgres://daybook:hush@db:5432/x': 'hush',
    'GET /api/crm/customers?search=Thandi&x=1 failed': 'Thandi',
    'to thandi.nkosi@mail.example.org': 'nkosi',
    'called +27 82 123 4567': '123 4567',
    'the key dbk_0aZ9bY8cX7dW6eV5fU4gT3 is': 'eV5fU4gT3',
  }
  for (const [text, secret] of Object.entries(secrets)) {
    for (const said of [line({}, text), line({ err: new Error(text) }), line({ reason: text })]) {
      t.notMatch(said, secret)
      t.match(said, '…')
      t.ok(JSON.parse(said), 'still a line of JSON')
    }
  }
})

t.test('nothing is written under a name that stands for a secret', async (t) => {
  const said = line({
    headers: { authorization: 'hush' },
    token: 'hush',
    secret: 'hush',
    password: 'hush',
    body: { name: 'hush' },
    query: { search: 'hush' },
    idempotencyKey: 'hush',
    route: '/api/x',
  })
  t.notMatch(said, 'hush')
  t.match(said, '/api/x')
})

t.test('of a request it says method and route, and what is plain stays as it is', async (t) => {
  const req = { method: 'GET', url: '/x?phone=1', routeOptions: { url: '/:id' }, headers: {} }
  t.match(JSON.parse(line({ req })), { req: { method: 'GET', route: '/:id' } })
  t.notMatch(line({ req }), 'phone')
  const plain = {
    at: '2026-11-21T10:00:00.000+00:00',
    ordinal: 17,
    route: '/api/crm/customers/:id',
  }
  t.match(JSON.parse(line(plain)), plain)
})

t.test('whatever is thrown can be logged', async (t) => {
  for (const err of [undefined, null, 'text', 7, {}, { message: 7 }, Object.create(null)]) {
    t.match(JSON.parse(line({ err })), { msg: 'happened' })
  }
  const loop = new Error('round')
  loop.cause = loop
  t.match(JSON.parse(line({ err: loop })), { err: { message: 'round' } })
})
