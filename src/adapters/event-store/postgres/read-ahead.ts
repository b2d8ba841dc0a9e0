/** Pages asked for at the same time. */
const DEPTH = 2

/**
 * Pages in order, fetched while the consumer still works on those before them: `fetch` is called for
 * each bound, two at a time. A slow consumer holds the fetching back.
 */
export async function* readAhead<Bound, Page>(
  bounds: Iterable<Bound>,
  fetch: (bound: Bound) => Promise<Page>,
): AsyncGenerator<Page> {
  const ahead: Promise<Page>[] = []
  for (const bound of bounds) {
    const page = fetch(bound)
    // Thrown when its turn comes; until then, or when nobody asks any more, it is not unhandled.
    page.catch(() => undefined)
    ahead.push(page)
    if (ahead.length === DEPTH) yield (await ahead.shift()) as Page
  }
  for (const page of ahead) yield await page
}
