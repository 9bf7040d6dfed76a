import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { atomicWrite } from '../../kit/index.ts'
import type { Shown } from '../kept.ts'
import { wantPlace } from '../out.ts'
import { csvOf } from './csv.ts'
import { htmlOf } from './html.ts'

/** @throws Failure bad-input where a report cannot be written to a file of this name */
export const wantReport = (out: string): void =>
  wantPlace(out, /\.(html?|csv)$/i, 'Let it end with .html for a page, or with .csv for the figures.')

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
