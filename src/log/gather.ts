/**
 * Turns a question about many keys into one about a single key, without a round trip for each: while
 * an answer is on its way, further questions wait and go together.
 */
export function gather<Key, Answer>(
  ask: (keys: readonly Key[]) => Promise<readonly Answer[]>,
  most = 1000,
): (key: Key) => Promise<Answer> {
  interface Question {
    readonly key: Key
    readonly resolve: (answer: Answer) => void
    readonly reject: (error: unknown) => void
  }
  const waiting: Question[] = []
  let asking = false

  const askWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      const questions = waiting.splice(0, most)
      try {
        const answers = await ask(questions.map(({ key }) => key))
        for (const [i, question] of questions.entries()) question.resolve(answers[i] as Answer)
      } catch (error) {
        for (const question of questions) question.reject(error)
      }
    }
    asking = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (asking) return
      asking = true
      queueMicrotask(() => void askWaiting())
    })
}
