import { stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import type { Config } from '#config'
import { type Finding, failure, ok, warning } from './check.ts'

const NODE_MAJOR = 24
const LITTLE_SPACE_BYTES = 1024 ** 3

/** The runtime, the room on the disk, and who can read what is secret. */
export async function checkMachine(config: Config): Promise<readonly Finding[]> {
  const secrets = ['master.key', 'tokens.json']
  return [
    checkNode(),
    await checkSpace(config.dataDir),
    ...(await Promise.all(secrets.map((name) => checkSecret(path.join(config.dataDir, name))))),
    checkListening(config),
  ]
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

async function checkSecret(file: string): Promise<Finding> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined)
    return ok('secrets', `${file} is not there: configured, or made at first start`)
  if ((found.mode & 0o077) === 0) return ok('secrets', `${file} is readable by its owner alone`)
  return failure('secrets', `Others can read ${file}: chmod 600 ${file}`)
}

function checkListening({ host }: Config): Finding {
  if (host === '127.0.0.1' || host === '::1' || host === 'localhost') {
    return ok('network', `Listens on ${host}, for this machine alone`)
  }
  return warning(
    'network',
    `Listens on ${host} without TLS: put a proxy with TLS in front, or set HOST to 127.0.0.1`,
  )
}
