import { EventEmitter, on } from 'node:events'
import type { RunLine } from '#contract'
import { now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'

/** A line of the log of a run, as it comes in. */
export interface SaidLine {
  text: string
  /** When it was written; default: now. */
  at?: string | undefined
  level?: RunLine['level'] | undefined
  /** Where it stood in the output of the program: who comes back goes on behind it. */
  cursor?: string | undefined
}

/** Longer lines are cut: a program that writes a megabyte without a line break is not to be read as a log. */
const LONGEST = 20_000
/** Lines that are handed out at once. */
const MOST = 10_000

/** The table `run_lines`: what the program of a run wrote and what was said of it, over all its jobs. */
export function openLines({ db }: Store) {
  const added = new EventEmitter<Record<string, [RunLine[]]>>().setMaxListeners(0)
  const insert = db.prepare(
    `INSERT INTO run_lines (run, sequence, at, level, text)
     VALUES (@run, (SELECT coalesce(max(sequence), 0) + 1 FROM run_lines WHERE run = @run), @at, @level, @text)
     RETURNING sequence, at, level, text`,
  )
  const read = db.prepare(
    'SELECT sequence, at, level, text FROM run_lines WHERE run = ? AND sequence > ? ORDER BY sequence LIMIT ?',
  )
  const last = db.prepare(
    `SELECT sequence, at, level, text FROM
       (SELECT * FROM run_lines WHERE run = ? ORDER BY sequence DESC LIMIT ?) ORDER BY sequence`,
  )

  const lines = (run: string, after: number, limit = MOST): RunLine[] =>
    read.all(run, after, Math.min(limit, MOST)) as RunLine[]

  return {
    /** Writes lines; `tell` what it returns once that is on disk. */
    add(run: string, said: SaidLine[]): RunLine[] {
      return said.map(
        ({ text, at = now(), level = 'info' }) => insert.get({ run, at, level, text: cut(text) }) as RunLine,
      )
    },
    tell(run: string, written: RunLine[]): void {
      if (written.length > 0) added.emit(run, written)
    },
    lines,
    /** The newest so many, oldest first. */
    lastLines: (run: string, limit: number): RunLine[] => last.all(run, Math.min(limit, MOST)) as RunLine[],
    /** The lines behind one, then those that come, until the signal stops. */
    async *watch(run: string, after: number, signal: AbortSignal): AsyncIterable<RunLine[]> {
      const comes = on(added, run, { signal })
      let heard = after
      try {
        for (;;) {
          const some = lines(run, heard)
          if (some.length === 0) break
          heard = some.at(-1)?.sequence as number
          yield some
        }
        for await (const [more] of comes as AsyncIterable<[RunLine[]]>) {
          const fresh = more.filter(({ sequence }) => sequence > heard)
          if (fresh.length === 0) continue
          heard = fresh.at(-1)?.sequence as number
          yield fresh
        }
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        await comes.return?.()
      }
    },
  }
}

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text)
