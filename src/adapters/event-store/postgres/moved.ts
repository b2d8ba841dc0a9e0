import pg from 'pg'
import { LogMoved } from '#log/errors.ts'

/** What the append functions say when the log is fenced, or is somewhere else (migrations/2026-11-21T1405-log-home.ts). */
export function asLogMoved(error: unknown): LogMoved | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  if (error.code === 'DL001') return new LogMoved('moving', undefined, { cause: error })
  if (error.code !== 'DL002') return undefined
  return new LogMoved('moved', error.detail || undefined, { cause: error })
}
