import {
  createCipheriv,
  createHmac,
  createSecretKey,
  hash,
  randomBytes,
  randomUUID,
} from 'node:crypto'
import process from 'node:process'
import { z } from 'zod'
import {
  appendKnown,
  type AppendRequest,
} from '#adapters/event-store/postgres/append-statements.ts'
import { report } from '../support/compare.ts'
import { BULK_COMMANDS, Debits } from '../support/debits.ts'
import { openStore } from '../support/open-store.ts'
import { seconds } from '../support/settings.ts'

/**
 * What a bulk of debits cannot do without, written by hand for nothing else, in one loop without HTTP: each
 * command is read, checked by a schema, hashed for its key and its body, decided, encrypted, appended to the
 * log's own table by its own function, and answered. It looks for no repeats, and nobody else may write.
 */
const WALLETS = Number(process.env['BENCH_WALLETS'])
const balances = new Map<string, { revision: number; balance: bigint }>()
for (let n = 0; n < WALLETS; n++) balances.set(randomUUID(), { revision: -1, balance: 10n ** 15n })
const debits = new Debits({ wallets: [...balances.keys()] })
const bodyIn = z.strictObject({
  amount: z.string().regex(/^\d+\.\d\d$/),
  description: z.string().min(1).max(500),
  reference: z.string().min(1).max(200),
})
const hashKey = createSecretKey(randomBytes(32))
const sealKey = createSecretKey(randomBytes(32))
const { database } = await openStore()
const client = await database.connect('writer', { pipeline: true, name: 'bench' })

const WARM_UP_MS = 2000
await load(WARM_UP_MS)
report({ rate: await load(seconds * 1000), unit: 'debits/s' })
await client.end()
await database.close()

/** Two bulks at a time: while the events of one are on their way, the other is worked on. */
async function load(forMs: number): Promise<number> {
  const begun = performance.now()
  let done = 0
  let before: Promise<unknown> = Promise.resolve()
  while (performance.now() - begun < forMs) {
    const commands = Array.from({ length: BULK_COMMANDS }, () => debits.next())
    const appended = bulk(JSON.stringify({ commands }))
    await before
    before = appended
    done += BULK_COMMANDS
  }
  await before
  return done / ((performance.now() - begun) / 1000)
}

async function bulk(sent: string): Promise<string> {
  const { commands } = JSON.parse(sent) as { commands: ReturnType<Debits['next']>[] }
  const requests = commands.map((command) => debit(command))
  const halves = [requests.slice(0, 500), requests.slice(500)]
  const lasts = await Promise.all(halves.map((half) => client.query<[string]>(appendKnown(half))))
  const last = lasts.at(-1)?.rows[0]?.[0]
  const answers = requests.map(({ events, expected }) => {
    const headers = { 'daybook-position': last, etag: `"${expected + 1}"` }
    return { status: 201, headers, body: { success: true, data: events[0]?.data } }
  })
  return JSON.stringify({ success: true, data: answers })
}

function debit({ method, path, idempotencyKey, body }: ReturnType<Debits['next']>): AppendRequest {
  const { amount, description, reference } = bodyIn.parse(body)
  const route = `${method} ${path}`
  const commandId = hash('sha256', `bench bench ${route} ${idempotencyKey}`).slice(0, 32)
  const bodyHash = createHmac('sha256', hashKey)
    .update(`${route} ${hash('sha256', JSON.stringify(body))}`)
    .digest('base64url')
  const walletId = path.split('/')[3] ?? ''
  const wallet = balances.get(walletId)
  if (wallet === undefined) throw new Error(`There is no wallet ${walletId}`)
  wallet.balance -= BigInt(amount.replace('.', ''))
  const expected = wallet.revision
  wallet.revision += 1
  const id = randomUUID()
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(id))
  const plain = Buffer.from(JSON.stringify({ description, reference }))
  const parts = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]
  const $personal = { [`bench/${walletId}`]: Buffer.concat(parts).toString('base64') }
  const occurredOn = '2026-11-22'
  const data = { walletId, occurredOn, currency: 'GBP', net: amount, gross: amount, $personal }
  const metadata = {
    organisation: 'bench',
    actor: 'bench',
    recordedAt: '2026-11-22T05:00:00.000Z',
    occurredOn,
    commandId,
    bodyHash,
    $correlationId: id,
  }
  return {
    stream: `wallet-bench.${walletId}`,
    expected,
    events: [{ id, type: 'WalletDebited', data, metadata }],
    data: [JSON.stringify(data)],
    metadata: [JSON.stringify(metadata)],
  }
}
