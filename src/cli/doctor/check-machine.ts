import { statfs } from 'node:fs/promises'
import process from 'node:process'
import type { Config } from '#config'
import { type Finding, failure, ok, warning } from './check.ts'

const NODE_MAJOR = 24
const LITTLE_SPACE_BYTES = 1024 ** 3

/** The runtime, and the room on the disk. */
export async function checkMachine(config: Config): Promise<readonly Finding[]> {
  return [checkNode(), await checkSpace(config.dataDir)]
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= NODE_MAJOR) return ok('node', `Node ${process.versions.node}`)
  return failure(
    'node',
    `Node ${process.versions.node} runs; use npm run, which brings ${NODE_MAJOR}`,
  )
}

async function checkSpace(folder: string): Promise<Finding> {
  const found = await statfs(folder).catch(() => undefined)
  if (found === undefined) return ok('space', `${folder} is made at the first start`)
  const free = found.bavail * found.bsize
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free in ${folder}`
  return free < LITTLE_SPACE_BYTES ? warning('space', `${text}: make room`) : ok('space', text)
}
