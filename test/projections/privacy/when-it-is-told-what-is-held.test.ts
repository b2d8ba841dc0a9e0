import t from 'tap'
import { heldOnSubjects, subjectFields, type SubjectKind } from '#domain/subjects.ts'
import { projections } from '#projections/all.ts'
import { type TableName, tablesOfPerson } from '#projections/privacy/rows-of-person.ts'

/** Kinds that are nobody's as a customer: each is told, if at all, from its events. */
const besideCustomers: readonly SubjectKind[] = ['unmasking', 'api_key', 'access', 'user']
const column = (kind: SubjectKind): string =>
  subjectFields[kind].replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

t.test('every table of a read model is either told of, or says why not', async (t) => {
  const tables = projections.flatMap(({ name, tables }) =>
    tables.map((table) => `${name}.${table.name}`),
  )
  t.same(Object.keys(tablesOfPerson).toSorted(), tables.toSorted())
})

t.test('a table with personal columns is told of, but where that is of no customer', async (t) => {
  const others = new Set(besideCustomers.map(column))
  let told = 0
  for (const { name, tables } of projections) {
    for (const table of tables) {
      const whose = new Set(
        Object.values(table.columns).flatMap(({ personal }) =>
          personal === undefined || others.has(personal) ? [] : [personal],
        ),
      )
      if (whose.size === 0) continue
      told += 1
      const found = tablesOfPerson[`${name}.${table.name}` as TableName]
      t.type(found, 'object', `${name}.${table.name} holds something personal`)
    }
  }
  t.ok(told > 7, `${told} tables`)
})

t.test('a table is told of by columns that it has', async (t) => {
  for (const [name, found] of Object.entries(tablesOfPerson)) {
    if (typeof found === 'string') t.ok(found.length > 20, name)
    else {
      const [projection, table] = name.split('.')
      const { columns } =
        projections
          .find((one) => one.name === projection)
          ?.tables.find((one) => one.name === table) ?? {}
      for (const one of found) t.match(columns, { [one]: { type: 'text' } }, `${name}.${one}`)
    }
  }
})

t.test('whatever an event holds on a customer is under a key that rows name', async (t) => {
  const kinds = new Set(heldOnSubjects.map(({ subject }) => subject))
  for (const kind of besideCustomers) kinds.delete(kind)
  for (const kind of kinds) {
    const isTold = Object.values(tablesOfPerson).some(
      (found) => typeof found !== 'string' && found.some((one) => one === column(kind)),
    )
    t.ok(isTold, kind)
  }
})
