import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { InOrder, type Place } from '#api/bulk/in-order.ts'

/** A command of a few things, or of everything, that takes a while. */
const command = fc.record({
  touches: fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 }), {
    nil: undefined,
    freq: 8,
  }),
  inGroups: fc.boolean(),
  ms: fc.nat({ max: 4 }),
  isKnown: fc.boolean(),
})
type Command = Pick<typeof command extends fc.Arbitrary<infer T> ? T : never, 'ms' | 'isKnown'> &
  Place

/** Only what touches exactly one thing can leave in groups. */
const commands = fc
  .array(command, { maxLength: 40 })
  .map((all): readonly Command[] =>
    all.map((one) => ({ ...one, inGroups: one.inGroups && one.touches?.length === 1 })),
  )
const options = { atOnce: 5, isCut: () => false }

interface Step {
  readonly what: 'comes' | 'takes effect' | 'ends'
  readonly i: number
}

/** Runs them all; what happened, in order, and which were begun. */
async function run(all: readonly Command[], atOnce = 5) {
  const steps: Step[] = []
  const order = new InOrder({ ...options, atOnce })
  const begun = await Promise.all(
    all.map(({ ms, isKnown, ...place }, i) =>
      order.add(place, async (turn) => {
        steps.push({ what: 'comes', i })
        await sleep(ms)
        if (turn !== undefined) await turn.come().catch(() => {})
        if (turn?.isBroken === true) return { isKnown: false }
        steps.push({ what: 'takes effect', i })
        turn?.taken()
        await sleep(1)
        steps.push({ what: 'ends', i })
        return { isKnown }
      }),
    ),
  )
  return { steps, begun }
}

const meet = (a: Command, b: Command): boolean =>
  a.touches === undefined ||
  b.touches === undefined ||
  a.touches.some((thing) => b.touches?.includes(thing))

t.test('what touches the same thing takes effect in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      const known = all.map((one) => ({ ...one, isKnown: true }))
      const { steps, begun } = await run(known)
      t.ok(begun.every(Boolean))
      const at = (what: Step['what'], i: number): number =>
        steps.findIndex((step) => step.what === what && step.i === i)
      for (const [i, one] of known.entries()) {
        for (const [j, later] of known.entries()) {
          if (j <= i || !meet(one, later)) continue
          t.ok(at('takes effect', i) < at('takes effect', j), `${i} before ${j}`)
          if (one.inGroups && later.inGroups) continue
          t.ok(at('ends', i) < at('comes', j), `${j} waits for ${i}`)
        }
      }
    }),
    { numRuns: 60 },
  )
})

t.test('others go at the same time, as many as are allowed', async (t) => {
  let now = 0
  let most = 0
  const order = new InOrder({ atOnce: 7, isCut: () => false })
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      order.add({ touches: [`thing ${i}`], inGroups: false }, async () => {
        most = Math.max(most, ++now)
        await sleep(1)
        now -= 1
        return { isKnown: true }
      }),
    ),
  )
  t.equal(most, 7)
})

t.test('what follows one without an outcome on the same thing has none either', async (t) => {
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      const { steps } = await run(all)
      const done = (i: number) => steps.some((step) => step.what === 'takes effect' && step.i === i)
      for (const [i, one] of all.entries()) {
        if (one.isKnown && done(i)) continue
        const after = all.flatMap((later, j) => (j > i && meet(one, later) ? [j] : []))
        // Those of the same group that were in the queue already have taken effect after it.
        const late = after.filter((j) => !(one.inGroups && all[j]?.inGroups === true))
        t.notOk(late.some(done), `after ${i}`)
      }
    }),
    { numRuns: 60 },
  )
})

t.test('once it is cut, nothing more is begun, and all come to an end', async (t) => {
  let begun = 0
  const order = new InOrder({ atOnce: 2, isCut: () => begun >= 3 })
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      order.add({ touches: i % 2 === 0 ? ['even'] : undefined, inGroups: false }, async () => {
        begun += 1
        return { isKnown: true }
      }),
    ),
  )
  t.same(answers, [true, true, true, ...Array.from({ length: 7 }, () => false)])
})
