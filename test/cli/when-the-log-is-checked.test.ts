import process from 'node:process'
import t from 'tap'
import type { CommandLine } from '#cli/command-line.ts'
import { checkedOrganisations, checkLog } from '#cli/commands/log-check.ts'
import { checkEvents } from '#cli/doctor/check-events.ts'
import { auditedLog } from '#test/support/audited-log.ts'

t.test(
  'the command line and the doctor say of each organisation whether events are missing',
  async (t) => {
    const { api, events } = await auditedLog(t)
    const { daybook } = api
    const printed: string[] = []
    const line = {
      print: (_: unknown, text: string) => void printed.push(text),
    } as unknown as CommandLine
    const complete = await checkedOrganisations(daybook, { compare: true })
    t.match(complete, [
      { organisation: 'main', complete: true, count: String(events.length), findings: [] },
      { organisation: 'other', complete: true, findings: [] },
    ])
    await checkLog(line, daybook)
    t.match(printed[0], /^main +\d+ +\d+ +complete$/m)
    t.match(await checkEvents(daybook), [
      { check: 'events', state: 'ok', message: `main: ${events.length} events, none missing` },
      { check: 'events', state: 'ok' },
    ])

    await daybook.engine.stopProjection('event_index')
    await daybook.database.engine.query(
      `delete from event_index.event where organisation = 'other' and organisation_ordinal = 3`,
    )
    t.teardown(() => {
      process.exitCode = 0
    })
    await checkLog(line, daybook)
    t.equal(process.exitCode, 1)
    t.match(printed[1], /^other: ordinals_missing_in_index \{"from":"3","to":"3"\}$/m)
    t.match(await checkEvents(daybook), [
      { state: 'ok' },
      { state: 'failure', message: /^other: ordinals_missing_in_index/ },
    ])
  },
)
