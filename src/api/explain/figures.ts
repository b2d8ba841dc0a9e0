/** One figure of the read models and where it is explained: an entry of the index at `/api/explain`. */
export interface FigureEntry {
  /** `sale.paid`: what stands in `figure.name` of its explanation. */
  readonly name: string
  /** The address, with `{parameters}` to fill in. */
  readonly href: string
  /** Which fields of answers show it: `Schema.field`, as in the OpenAPI document. */
  readonly shownAs: readonly string[]
}

/** `/api/explain/sales/:id/:figure`, or `:field`, as an address to fill in. */
export function templateOf(path: string, figure: string, query: readonly string[] = []): string {
  const filled = path.replace(/:(figure|field)\b/, figure).replaceAll(/:(\w+)/g, '{$1}')
  return query.length === 0
    ? filled
    : `${filled}?${query.map((one) => `${one}={${one}}`).join('&')}`
}
