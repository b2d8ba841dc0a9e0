/** What one check of the doctor found. */
export interface Finding {
  readonly check: string
  /** `warning`: works, but not as it should be. `failure`: does not work, or loses what it must not. */
  readonly state: 'ok' | 'warning' | 'failure'
  /** What is the case; with anything but `ok`, also what to do. */
  readonly message: string
}

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message })
export const warning = (check: string, message: string): Finding => ({
  check,
  state: 'warning',
  message,
})
export const failure = (check: string, message: string): Finding => ({
  check,
  state: 'failure',
  message,
})
