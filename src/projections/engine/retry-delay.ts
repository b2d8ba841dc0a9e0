const FIRST_MS = 50
const LONGEST_MS = 5000

/** Milliseconds to wait after so many failures in a row: doubling, with a limit, spread a little. */
export function retryDelay(failures: number): number {
  if (failures === 0) return 0
  const delay = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
  return delay * (0.75 + Math.random() / 2)
}
