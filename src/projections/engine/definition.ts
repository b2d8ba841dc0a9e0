import { createHash } from 'node:crypto'
import type { EventStore } from '#log/event-store.ts'
import type { Projection, Table } from './projection.ts'

const NAME = /^[a-z][a-z0-9_]{0,47}$/

/**
 * Holds projections to what the engine and PostgreSQL need. Called once, when the program starts.
 *
 * @throws Error naming the projection, table and rule: a mistake of an author, never of data.
 */
export function checkProjections(projections: readonly Projection[]): void {
  const names = new Set<string>()
  for (const projection of projections) {
    demand(NAME.test(projection.name), projection.name, 'a name of lower-case words')
    demand(!projection.name.includes('__'), projection.name, 'no double underscore in its name')
    demand(!names.has(projection.name), projection.name, 'a name of its own')
    names.add(projection.name)
    checkVersion(projection)
  }
}

function checkVersion(projection: Projection): void {
  const { name, version, previous } = projection
  demand(Number.isSafeInteger(version), name, 'a whole version')
  const tables = new Set<string>()
  for (const table of projection.tables) {
    const where = `${name}.${table.name}`
    demand(!tables.has(table.name), where, 'a name of its own')
    tables.add(table.name)
    checkTable(where, table)
  }
  if (previous === undefined) return
  demand(previous.name === name, name, 'previous versions of the same name')
  demand(previous.version < version, name, 'a version above those before it')
  checkVersion(previous)
  for (const older of versionsOf(previous)) checkColumns(projection, older)
}

/** Queries of one version may meet tables of another: what has the same name has to be the same. */
function checkColumns(newer: Projection, older: Projection): void {
  for (const table of newer.tables) {
    const before = older.tables.find(({ name }) => name === table.name)
    for (const [column, { type }] of Object.entries(table.columns)) {
      const was = before?.columns[column]?.type ?? type
      const where = `${newer.name}.${table.name}.${column}`
      demand(was === type, where, `a new name, as version ${older.version} has it as ${was}`)
    }
  }
}

function checkTable(where: string, table: Table): void {
  demand(NAME.test(table.name), where, 'a name of lower-case words')
  demand(table.key.length > 0, where, 'a key')
  for (const column of Object.keys(table.columns)) {
    demand(NAME.test(column), `${where}.${column}`, 'a name of lower-case words')
    demand(column !== 'organisation', where, 'no column organisation: the engine adds it')
  }
  checkPersonal(where, table)
  for (const name of table.key) {
    const column = table.columns[name]
    demand(column !== undefined, `${where}.${name}`, 'to be a column, as it stands in the key')
    demand(
      column?.nullable !== true,
      `${where}.${name}`,
      'to be never null, as it stands in the key',
    )
    demand(column?.type !== 'jsonb', `${where}.${name}`, 'a plain value, as it stands in the key')
    // The text of an instant or a number in PostgreSQL may differ from the fold's: it is no identity.
    demand(
      column?.type !== 'timestamptz',
      `${where}.${name}`,
      'no instant, as it stands in the key',
    )
    demand(column?.type !== 'numeric', `${where}.${name}`, 'no decimals, as it stands in the key')
  }
}

/** What is masked, and emptied once its subject is erased. */
function checkPersonal(where: string, { columns, key }: Table): void {
  const subjects = new Set<string>()
  for (const [name, { type, personal }] of Object.entries(columns)) {
    if (personal === undefined) continue
    const column = `${where}.${name}`
    demand(type === 'text', column, 'to be text, as it is personal')
    demand(!key.includes(name), column, 'to be no part of the key, as it is personal')
    demand(personal in columns, column, `a column ${personal} that says whose it is`)
    subjects.add(personal)
  }
  demand(subjects.size <= 1, where, 'one column that says whose all of it is')
}

/** The versions of a projection that this program has the folds of, newest first. */
export function versionsOf(projection: Projection): readonly Projection[] {
  const { previous } = projection
  return previous === undefined ? [projection] : [projection, ...versionsOf(previous)]
}

function demand(holds: boolean, what: string, rule: string): void {
  if (!holds) throw new Error(`Projection ${what} needs ${rule}`)
}

/**
 * Identifies what the tables of a projection look like, by its version what stands in them, and which
 * kind of log their checkpoint is a place in: tables of another fingerprint are rebuilt.
 */
export function fingerprint(projection: Projection, log: EventStore['kind']): string {
  const tables = projection.tables.map((table) => ({
    name: table.name,
    columns: Object.entries(table.columns).map(([name, column]) => [
      name,
      column.type,
      column.nullable === true,
    ]),
    key: table.key,
    insertOnly: table.insertOnly === true,
    indexes: table.indexes ?? [],
  }))
  return createHash('sha256')
    .update(JSON.stringify([log, projection.version, tables, projection.sql ?? '']))
    .digest('hex')
    .slice(0, 32)
}
