import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import t from 'tap'

t.test('tests that open pages say that they are skipped, and why', async (t) => {
  const file = 'test/api/when-pages-are-opened-in-a-browser.test.ts'
  const env = { ...process.env, CHROMIUM: '/nowhere/chromium' }
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env })
  const results = stdout.match(/^(not )?ok .*/gm) ?? []
  t.ok(results.length >= 5, stdout)
  const skipped = /# SKIP There is no Chromium at \/nowhere\/chromium: apt-get install chromium/
  for (const result of results) t.match(result, skipped)
})
