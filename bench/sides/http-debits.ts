import { report } from '../support/compare.ts'
import { CONNECTIONS, Debits, measured } from '../support/debits.ts'
import { seconds } from '../support/settings.ts'
import { startWalletServer } from '../support/wallet-server.ts'

/** Debits over HTTP, a request each, of 64 callers that wait for their last. */
const server = await startWalletServer()
const requests = [{ setupRequest: new Debits(server).single }]
const result = await measured({ url: server.url, connections: CONNECTIONS, requests }, seconds)
await server.stop()
const { p50, p99 } = result.latency
report({ rate: result['2xx'] / result.duration, unit: 'debits/s', p50, p99 })
