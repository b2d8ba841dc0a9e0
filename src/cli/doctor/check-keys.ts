import { type MasterKeyStatus, masterKeysStatus } from '#adapters/keys/master-keys-status.ts'
import type { Daybook } from '../../composition.ts'
import { type Finding, failure, ok, warning } from './check.ts'

/** Which master keys wrap the keys of people, and what a rotation that was begun still needs. */
export async function checkKeys({
  database,
  masterKeys,
}: Pick<Daybook, 'database' | 'masterKeys'>): Promise<readonly Finding[]> {
  return (await masterKeysStatus(database.writer, masterKeys)).map(findingOf)
}

function findingOf({ id, state, keys }: MasterKeyStatus): Finding {
  const wrapped = `${keys.toLocaleString('en')} keys are wrapped by the`
  const findings: Readonly<Record<MasterKeyStatus['state'], Finding>> = {
    in_use: ok('keys', `${wrapped} master key in use, ${id}`),
    newer: warning('keys', `The master key ${id} is not in use yet: daybook keys rotate`),
    old: warning('keys', `${wrapped} old master key ${id}: daybook keys rewrap`),
    spare: warning('keys', `Nothing needs the master key ${id}: daybook keys drop ${id}`),
    missing: failure('keys', `${wrapped} master key ${id}, which is not here: put it back`),
  }
  return findings[state]
}
