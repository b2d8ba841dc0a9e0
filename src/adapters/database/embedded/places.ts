import { createHash } from 'node:crypto'
import path from 'node:path'
import { type Account, canReach, runAccount } from './account.ts'
import { clusterExists } from './cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'

/** Where PostgreSQL's files lie, and the account that it runs as and that reaches them. */
export interface Places {
  /** The cluster itself. */
  readonly cluster: string
  /** For copies of binaries that cannot be used where npm put them. */
  readonly binaries: string
  readonly account: Account
}

const SYSTEM_FOLDER = '/var/lib/daybook'

/**
 * Beside the rest of the data; below /var/lib/daybook when the data folder is out of the account's reach
 * (a checkout in root's home). A cluster that exists stays where it is.
 *
 * @param known Where the cluster was, as the data folder remembers it.
 * @throws EmbeddedPostgresError when a remembered cluster is gone or out of reach: an empty one in its
 *   place would look like a loss of everything.
 */
export function placesFor(dataDir: string, known: string | undefined): Places {
  const folder = path.resolve(dataDir)
  const inside = path.join(folder, 'postgres')
  if (known === undefined && !clusterExists(inside)) return newPlaces(folder, inside)
  const cluster = clusterExists(inside) ? inside : path.resolve(folder, known ?? inside)
  const account = runAccount(cluster)
  if (!clusterExists(cluster)) {
    throw new EmbeddedPostgresError(
      `The database of ${folder} should be in ${cluster}, and is not there. Put it back; or, to begin ` +
        `with an empty one, remove ${path.join(folder, 'postgres.json')}.`,
    )
  }
  if (!canReach(cluster, account)) {
    throw new EmbeddedPostgresError(
      `PostgreSQL runs as uid ${account.uid}, which cannot reach ${cluster}. Let it pass through the ` +
        'folders above (chmod o+x), or move the data folder to where it can.',
    )
  }
  return { cluster, account, binaries: path.join(path.dirname(cluster), 'postgres-binaries') }
}

function newPlaces(folder: string, inside: string): Places {
  const account = runAccount(inside)
  if (canReach(folder, account)) {
    return { cluster: inside, binaries: path.join(folder, 'postgres-binaries'), account }
  }
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return {
    cluster: path.join(SYSTEM_FOLDER, `postgres-${key}`),
    binaries: path.join(SYSTEM_FOLDER, 'postgres-binaries'),
    account,
  }
}
