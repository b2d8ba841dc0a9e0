/** The node as a process of its own: fork it, and its first message is its port. It ends with its parent. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { startNode } from './node.ts'

process.once('disconnect', () => process.exit())

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    'live-buffer': { type: 'string' },
    'settle-ms': { type: 'string' },
    'no-batch': { type: 'boolean', default: false },
  },
})

const node = await startNode({
  port: Number(values.port),
  batch: !values['no-batch'],
  ...(values.file === undefined ? {} : { file: values.file }),
  ...(values['live-buffer'] === undefined ? {} : { liveBuffer: Number(values['live-buffer']) }),
  ...(values['settle-ms'] === undefined ? {} : { settleMs: Number(values['settle-ms']) }),
})
if (process.send) process.send(node.port)
else process.stdout.write(`${node.connectionString}\n`)
