import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { eventCatalogue } from '#domain/events.ts'

/**
 * Every type and version that was ever stored stands in test/fixtures/events as the domain sees it:
 * `<Type>.v<version>.json`, with variants between. These files are added to and never changed.
 */
const folder = new URL('../fixtures/events/', import.meta.url)
const fixtures = readdirSync(folder).map((file) => {
  const [type = '', version = '', ...rest] = file.split('.')
  const data: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  return { file, type, version, extension: rest.at(-1), data }
})

for (const { file, type, version, extension, data } of fixtures) {
  t.test(`${file} is read and comes back as it was`, async (t) => {
    t.ok(/^v\d+$/.test(version))
    t.equal(extension, 'json')
    const schema = Object.entries(eventCatalogue).find(([known]) => known === type)?.[1]
    t.strictSame(JSON.parse(JSON.stringify(schema?.parse(data))), data)
    // A fact of a later version may say more; today's reader must not trip over it.
    t.doesNotThrow(() => schema?.parse({ ...(data as object), later: true }))
  })
}

for (const [type, schema] of Object.entries(eventCatalogue)) {
  t.test(`every field of ${type} stands in a fixture`, async (t) => {
    const seen = new Set(
      fixtures.flatMap((fixture) =>
        fixture.type === type ? Object.keys(fixture.data as object) : [],
      ),
    )
    t.strictSame([...seen].toSorted(), Object.keys(schema.shape).toSorted())
  })
}
