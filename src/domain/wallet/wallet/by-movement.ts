import { lookup } from '../../fields.ts'

/**
 * Values by the number of a movement, as a tree by its digits: of very many, a copy with one more shares
 * all but the few nodes on the way to it. Plain JSON.
 */
export interface ByMovement<Value> {
  readonly value?: Value
  /** By the digit that follows. */
  readonly next?: Readonly<Record<string, ByMovement<Value>>>
}

export function valueOf<Value>(tree: ByMovement<Value>, movement: string): Value | undefined {
  let node: ByMovement<Value> | undefined = tree
  for (const digit of movement) node = lookup(node?.next ?? {}, digit)
  return node?.value
}

export function withValue<Value>(
  tree: ByMovement<Value>,
  movement: string,
  value: Value,
): ByMovement<Value> {
  const [digit, ...rest] = movement
  if (digit === undefined) return { ...tree, value }
  const below = lookup(tree.next ?? {}, digit) ?? {}
  return { ...tree, next: { ...tree.next, [digit]: withValue(below, rest.join(''), value) } }
}
