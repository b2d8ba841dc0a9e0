import type autocannon from 'autocannon'
import { report } from '../support/compare.ts'
import { Debits, measured } from '../support/debits.ts'
import { seconds } from '../support/settings.ts'
import { startWalletServer } from '../support/wallet-server.ts'

/** The debits of `http-debits.ts` in bulks of a thousand, of two callers that wait for their last. */
const CONNECTIONS = 2
const COMMANDS = 1000
const server = await startWalletServer()
const debits = new Debits(server)
const setupRequest = (request: autocannon.Request) => debits.bulk(request, COMMANDS)
const done = `"meta":{"commands":${COMMANDS},"accepted":${COMMANDS},"replayed":0,`
const verifyBody = (body: unknown): boolean => String(body).includes(done)
const load = { url: server.url, connections: CONNECTIONS, requests: [{ setupRequest }], verifyBody }
const result = await measured({ ...load, timeout: 60 }, seconds)
await server.stop()
const { p50, p99 } = result.latency
report({ rate: (result['2xx'] * COMMANDS) / result.duration, unit: 'debits/s', p50, p99 })
