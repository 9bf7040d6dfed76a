import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { atomicWrite, fail } from '../../kit/index.ts'
import type { Shown } from '../kept.ts'
import { csvOf } from './csv.ts'
import { htmlOf } from './html.ts'

/** @throws Failure bad-input where a file's name says neither .html nor .csv */
export function wantReport(out: string): void {
  if (/\.(html?|csv)$/i.test(out)) return
  throw fail(
    'bad-input',
    `The name ${basename(out)} does not say which report to write.`,
    'Let it end with .html for a page, or with .csv for the figures.',
  )
}

/** Writes a report, whole or not at all. */
export function writeReport(
  out: string,
  one: Shown,
  beside: Shown | null,
  signal: AbortSignal,
): { out: string; bytes: number; features: number } {
  const { text, features } = /\.csv$/i.test(out) ? csvOf(one, beside) : htmlOf(one, beside)
  signal.throwIfAborted()
  atomicWrite(resolve(out), text)
  return { out, bytes: statSync(resolve(out)).size, features }
}
