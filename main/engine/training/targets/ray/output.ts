import { createHash, type Hash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import type { Failure } from '#contract'
import { fail } from '../../../kit/index.ts'
import type { Message } from '../../work.ts'
import type { Done, RunOptions } from '../target.ts'

/** A line of `edgewright_ray.py`, behind the mark; its docstring says what each is. */
type Said =
  | { k: 'out' | 'err'; s: string; t: number; w: number }
  | { k: 'file'; p: string; n: number; h: string }
  | { k: 'part'; d: string }
  | { k: 'usage'; c: number; m: number }
  | ({ k: 'trouble'; lacks?: string } & Failure)
  | { k: 'end'; code: number; w: number }

/** What came out of a job, as far as its log was read. */
export interface Outcome {
  done: Done | null
  /** Failures that workers told, by the worker. */
  failed: Map<number, Failure>
  trouble: (Failure & { lacks?: string }) | null
  end: { code: number; worker: number } | null
  /** Names of the results that came back whole. */
  files: string[]
  /** The last lines that the work itself wrote, and those that Ray did. */
  last: string[]
  others: string[]
}

const LAST = 8

interface Arriving {
  path: string
  part: string
  file: number
  left: number
  hash: Hash
  wanted: string
}

/**
 * Reads the log of a job: lines go to the log of the run, messages to whoever follows it, results into the folder.
 * @param mark what begins the lines of the program that runs the work; all others are Ray's own
 * @param training whether the first worker speaks by messages
 */
export function openOutput(
  folder: string,
  mark: string,
  training: boolean,
  { tell, line, usage }: Pick<RunOptions, 'tell' | 'line' | 'usage'>,
) {
  const outcome: Outcome = {
    done: null,
    failed: new Map(),
    trouble: null,
    end: null,
    files: [],
    last: [],
    others: [],
  }
  let arriving: Arriving | null = null

  function begin({ p, n, h }: Extract<Said, { k: 'file' }>): void {
    drop()
    const path = posix.normalize(p)
    if (posix.isAbsolute(path) || path.startsWith('..') || path.includes('\\') || path.includes('\0')) return
    const part = join(folder, `${path}.part`)
    mkdirSync(dirname(part), { recursive: true })
    arriving = { path, part, file: openSync(part, 'w'), left: n, hash: createHash('sha256'), wanted: h }
    if (n === 0) finish(arriving)
  }

  function add({ d }: Extract<Said, { k: 'part' }>): void {
    if (!arriving) return
    const bytes = Buffer.from(d, 'base64')
    writeSync(arriving.file, bytes)
    arriving.hash.update(bytes)
    arriving.left -= bytes.length
    if (arriving.left <= 0) finish(arriving)
  }

  function finish({ path, part, file, left, hash, wanted }: Arriving): void {
    fsyncSync(file)
    if (left !== 0 || hash.digest('hex') !== wanted) {
      drop()
      throw fail(
        'training-failed',
        `${path} did not come back from the cluster as it was written there.`,
        'Attach to the run again, or do it again.',
      )
    }
    closeSync(file)
    arriving = null
    renameSync(part, join(folder, path))
    outcome.files.push(path)
  }

  function drop(): void {
    if (!arriving) return
    closeSync(arriving.file)
    rmSync(arriving.part, { force: true })
    arriving = null
  }

  function work({ k, s, t, w }: Extract<Said, { k: 'out' | 'err' }>, cursor: string): void {
    const at = new Date(t || Date.now())
    const message = training && k === 'out' ? messageOf(s) : null
    if (message?.kind === 'done') outcome.done = message
    else if (message?.kind === 'failed') outcome.failed.set(w, message.failure)
    else if (message) tell(message, { at, cursor })
    else {
      push(outcome.last, s)
      line(s, { at, cursor, level: k === 'err' ? 'error' : 'info', ...(w > 0 && { from: `worker-${w}` }) })
    }
  }

  return {
    outcome,
    /** @param text a whole line, without its end  @param cursor its number in the log, from 1 */
    hear(text: string, cursor: number): void {
      const said = saidOf(text, mark)
      if (!said) {
        push(outcome.others, text)
        if (text.trim()) line(text, { cursor: String(cursor), from: 'ray' })
      } else if (said.k === 'out' || said.k === 'err') work(said, String(cursor))
      else if (said.k === 'file') begin(said)
      else if (said.k === 'part') add(said)
      else if (said.k === 'trouble') {
        const { k: _, ...failure } = said
        outcome.trouble = failure
      } else if (said.k === 'end') outcome.end = { code: said.code, worker: said.w }
      else if (said.k === 'usage') usage?.({ cpu: said.c, memoryBytes: said.m, memoryLimit: null, gpus: [] })
    },
    /** What only came in part is not kept. */
    close: drop,
  }
}

function saidOf(text: string, mark: string): Said | null {
  if (!text.startsWith(`${mark} `)) return null
  try {
    return JSON.parse(text.slice(mark.length + 1)) as Said
  } catch {
    // Two wrote at once, or the line was cut when the job was killed.
    return null
  }
}

const KINDS = ['ready', 'step', 'epoch', 'done', 'failed']

function messageOf(text: string): Message | null {
  if (!text.startsWith('{')) return null
  try {
    const message = JSON.parse(text) as Message
    return KINDS.includes(message.kind) ? message : null
  } catch {
    return null
  }
}

function push(lines: string[], text: string): void {
  if (text.trim()) lines.push(text)
  if (lines.length > LAST) lines.shift()
}
