import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import process from 'node:process'

/**
 * Runs every test file below the named folders with tap and closes with one line of counts:
 * `node test/run.ts test` or `node test/run.ts test-long`. Further arguments narrow by a part of the path.
 */
const [folder = 'test', ...parts] = process.argv.slice(2)
const files = globSync(`${folder}/**/*.test.ts`)
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .toSorted()
const results = `.tap/${folder}.tap`
mkdirSync('.tap', { recursive: true })

if (files.length === 0) {
  process.stdout.write(`no test file below ${folder}\n`)
  process.exit(1)
}
const timeout = folder === 'test-long' ? ['--timeout=1500', '--jobs=1'] : []
const tap = spawn(
  'tap',
  ['run', '--reporter=terse', `--output-file=${results}`, ...timeout, ...files],
  {
    stdio: 'inherit',
  },
)
tap.on('close', (code) => {
  const told = existsSync(results) ? readFileSync(results, 'utf8') : ''
  // Said again in plain lines: where there is no terminal, the reporter's own are easily lost.
  const failures = told.match(/^ *not ok .*(?:\n(?! *\d+\.\.|\s*(?:not )?ok ).*){0,24}/gm) ?? []
  for (const failure of failures) process.stdout.write(`${failure}\n`)
  const count = (name: string): number => {
    const found = new RegExp(`# \\{[^}]*\\b${name}: (\\d+)`).exec(told.slice(-2000))
    return found === null ? 0 : Number(found[1])
  }
  const skipped = count('skip')
  process.stdout.write(
    `${folder}: ${count('pass')} passed, ${count('fail')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  )
  process.exit(code ?? 1)
})
