import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import Fastify from 'fastify'
import { createSerializerCompiler } from 'fastify-type-provider-zod'
import t from 'tap'
import { parse } from 'yaml'
import type { App } from '#api/app-type.ts'
import { addHealthRoutes, type HealthDeps } from '#api/operations/health.ts'

/** What Dockerfile and compose.yaml say of the program is so. */

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: object
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly stop_grace_period?: string
  readonly build?: string
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const read = (file: string): string => readFileSync(file, 'utf8')
const compose = parse(read('compose.yaml'), { merge: true }) as Compose
const services = Object.entries(compose.services)
const own = services.filter(([, { build }]) => build !== undefined)

/** Instructions with their arguments; lines that go on are joined. */
const instructions = read('Dockerfile')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /^([A-Z]+) (.+)$/.exec(line))
const all = (name: string): readonly string[] =>
  instructions.flatMap((found) => (found?.[1] === name ? [found[2] ?? ''] : []))

const program = JSON.parse(read('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>
}
const lock = JSON.parse(read('package-lock.json')) as {
  readonly packages: Readonly<Record<string, { readonly version: string }>>
}
const isVariable = (name: string): boolean =>
  new RegExp(`^  ${name.replace(/_FILE$/, '')}: `, 'm').test(read('src/config.ts'))

t.test('every line of the Dockerfile is an instruction', async (t) => {
  t.notOk(instructions.includes(null))
  t.ok(instructions.length > 10)
})

t.test('the image has the Node that everybody else has, and is not root', async (t) => {
  const { version } = lock.packages['node_modules/node'] ?? {}
  t.match(all('FROM')[0] ?? '', new RegExp(`^node:${version}-\\S+ AS base$`))
  t.same(all('USER'), ['node'])
})

t.test('what is copied is there, is let through, and is all that the program needs', async (t) => {
  const copied = all('COPY').flatMap((line) => line.split(' ').slice(0, -1))
  const sources = copied.filter((source) => !source.startsWith('--') && !source.startsWith('/'))
  const letThrough = read('.dockerignore').split('\n')
  for (const source of sources) {
    t.ok(existsSync(source), source)
    t.ok(letThrough.includes(`!${source}`), `${source} is let through`)
  }
  const folders = sources.filter((source) => !source.includes('.'))
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`))
  t.ok(files.length > 100)
  const missing = files.flatMap((file) =>
    [...read(file).matchAll(/(?:from|import)\s*\(?\s*'([@a-z#][\w@./:-]*)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => !isThere(name))
      .map((name) => `${file}: ${name}`),
  )
  t.same(missing, [], 'packages that are for development only, and files that are left out')
})

function isThere(name: string): boolean {
  if (name.startsWith('node:')) return true
  if (name.startsWith('#')) return !name.startsWith('#test')
  const parts = name.split('/').slice(0, name.startsWith('@') ? 2 : 1)
  return parts.join('/') in program.dependencies
}

t.test('every variable that is set is one that the program reads', async (t) => {
  const inImage = all('ENV').flatMap((line) =>
    line.split(' ').map((pair) => pair.split('=', 1).join()),
  )
  const inCompose = own.flatMap(([, { environment = {} }]) => Object.keys(environment))
  const names = [...inImage, ...inCompose].filter((name) => name !== 'NODE_ENV')
  t.ok(names.length > 8)
  for (const name of names) t.ok(isVariable(name), name)
})

t.test('the health check asks what the program answers, at the port it listens on', async (t) => {
  const [check = ''] = all('HEALTHCHECK')
  const command = JSON.parse(check.slice(check.indexOf('['))) as readonly string[]
  const path = /\/health\b/.exec(command.join(' '))?.[0] ?? ''
  const app: App = Fastify()
  app.setSerializerCompiler(createSerializerCompiler())
  addHealthRoutes(app, {} as HealthDeps)
  t.equal((await app.inject(path)).statusCode, 200)
  t.same(all('EXPOSE'), ['3000'])
  t.match(all('ENV').join(' '), /PORT=3000/)
  for (const status of [200, 503]) {
    const server = createServer((_, response) => response.writeHead(status).end()).listen(0)
    t.teardown(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    t.equal(await checked(command, port), status === 200 ? 0 : 1)
  }
  t.equal(await checked(command, 9), 1, 'nobody answers')
})

/** As the container's engine would run it, with this process's Node. */
async function checked([, ...args]: readonly string[], port: number): Promise<number | null> {
  const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

t.test('services wait for each other, end in time, and are of stated versions', async (t) => {
  t.same(
    own.map(([name]) => name),
    ['api', 'projector'],
  )
  for (const [name, service] of services) {
    if (service.build === undefined) t.match(service.image, /^[\w./-]+:\d+\.\d+[\w.-]*$/, name)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.equal(condition, 'service_healthy')
      t.ok(compose.services[other]?.healthcheck, `${name} waits for ${other}`)
    }
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      t.ok(source.startsWith('./') ? existsSync(source) : source in compose.volumes, source)
    }
  }
  for (const [name, service] of own) {
    t.equal(service.environment?.['DAYBOOK_ROLE'], name)
    t.same(Object.keys(service.depends_on ?? {}), ['postgres', 'eventstoredb'])
    t.equal(service.stop_grace_period, '30s', 'more than what the program needs')
  }
  t.ok(compose.services['api']?.ports?.every((port) => port.endsWith(`:${all('EXPOSE')[0]}`)))
})

t.test('secrets are files that are made, and never kept in the repository', async (t) => {
  const made = read('compose/make-secrets.sh')
  t.match(read('.gitignore'), /^secrets\/$/m)
  t.equal(
    read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && line[0] !== '#')[0],
    '*',
  )
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    t.equal(file, `./secrets/${name}`)
    t.match(made, new RegExp(`\\| make ${name}$`, 'm'))
  }
  for (const [name, { secrets = [], environment = {} }] of services) {
    for (const secret of secrets) t.ok(secret in compose.secrets, `${secret} of ${name}`)
    for (const [variable, value] of Object.entries(environment)) {
      if (!variable.endsWith('_FILE')) continue
      t.ok(secrets.includes(value.replace('/run/secrets/', '')), `${variable} of ${name}`)
    }
  }
  for (const script of globSync('compose/*.sh')) {
    t.equal(spawnSync('sh', ['-n', script]).status, 0, `${script} can be read`)
  }
})
