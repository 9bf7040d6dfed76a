import type { Store } from '../../store/index.ts'
import {
  bytesOf,
  cut,
  FULL,
  joined,
  merged,
  type Piece,
  type Point,
  pieceFrom,
  pieceOf,
  SMALL,
  summaryOf,
} from './piece.ts'

/** A metric of a run in one row. */
export interface MetricRow {
  run: string
  key: string
  points: number
  last: number | null
  least: number | null
  most: number | null
  lastStep: number
}

/** Longer names are no names. */
const LONGEST_KEY = 400

/** The tables `run_points` and `run_metrics`. What writes belongs into a transaction of the caller. */
export function openPoints({ db }: Store) {
  const metric = db.prepare('SELECT last_step AS lastStep FROM run_metrics WHERE run = ? AND key = ?')
  const overlapping = db.prepare(
    'SELECT body FROM run_points WHERE run = ? AND key = ? AND last_step >= ? AND first_step <= ? ORDER BY first_step',
  )
  const drop = db.prepare(
    'DELETE FROM run_points WHERE run = ? AND key = ? AND last_step >= ? AND first_step <= ?',
  )
  const tail = db.prepare(
    'SELECT first_step AS firstStep, points FROM run_points WHERE run = ? AND key = ? ORDER BY first_step DESC LIMIT 1',
  )
  const smallOnes = db.prepare(
    `SELECT first_step AS firstStep, points FROM run_points WHERE run = ? AND key = ?
     ORDER BY first_step DESC LIMIT ${FULL / SMALL}`,
  )
  const write = db.prepare(
    `INSERT INTO run_points (run, key, first_step, last_step, first_at, last_at, points, least, most, body)
     VALUES (@run, @key, @firstStep, @lastStep, @firstAt, @lastAt, @points, @least, @most, @body)`,
  )
  const sum = db.prepare(
    `INSERT OR REPLACE INTO run_metrics (run, key, points, last, least, most, last_step)
     SELECT @run, @key, sum(points), @last, min(least), max(most), max(last_step)
     FROM run_points WHERE run = @run AND key = @key`,
  )
  const lengthen = db.prepare(
    `INSERT INTO run_metrics (run, key, points, last, least, most, last_step)
     VALUES (@run, @key, @points, @last, @least, @most, @lastStep)
     ON CONFLICT (run, key) DO UPDATE SET points = points + excluded.points, last = excluded.last,
       least = min(coalesce(least, excluded.least), coalesce(excluded.least, least)),
       most = max(coalesce(most, excluded.most), coalesce(excluded.most, most)), last_step = excluded.last_step`,
  )
  const newest = db.prepare(
    'SELECT body FROM run_points WHERE run = ? AND key = ? ORDER BY first_step DESC LIMIT 1',
  )

  const put = (run: string, key: string, piece: Piece) =>
    write.run({ run, key, ...summaryOf(piece), body: bytesOf(piece) })
  const take = (run: string, key: string, from: number, to: number): Piece[] => {
    const found = (overlapping.all(run, key, from, to) as { body: Buffer }[]).map(({ body }) =>
      pieceFrom(body),
    )
    if (found.length > 0) drop.run(run, key, from, to)
    return found
  }
  const lastOf = (piece: Piece): number | null => {
    const value = piece[piece.length - 1] as number
    return Number.isFinite(value) ? value : null
  }

  /** Points that all come behind those there are: the usual case, and one that reads little. */
  function append(run: string, key: string, piece: Piece): void {
    const { firstStep, points } = (tail.get(run, key) ?? { firstStep: 0, points: FULL }) as {
      firstStep: number
      points: number
    }
    const open = points < SMALL || (points < FULL && piece.length >= SMALL * 3)
    const whole = open ? joined([...take(run, key, firstStep, Number.MAX_VALUE), piece]) : piece
    const full = whole.length - (whole.length % (FULL * 3))
    for (const part of cut(whole.subarray(0, full), FULL)) put(run, key, part)
    for (const part of cut(whole.subarray(full), SMALL)) put(run, key, part)
    const small = smallOnes.all(run, key) as { firstStep: number; points: number }[]
    if (small.length === FULL / SMALL && small.every(each => each.points === SMALL))
      put(run, key, joined(take(run, key, small.at(-1)?.firstStep as number, Number.MAX_VALUE)))
    lengthen.run({ run, key, ...summaryOf(piece), last: lastOf(piece) })
  }

  /** Points between or at those there are: what was told again counts as it was told last. */
  function insert(run: string, key: string, piece: Piece): void {
    const { firstStep, lastStep } = summaryOf(piece)
    const whole = merged(joined(take(run, key, firstStep, lastStep)), piece)
    for (const part of cut(whole, FULL)) put(run, key, part)
    const { body } = newest.get(run, key) as { body: Buffer }
    sum.run({ run, key, last: lastOf(pieceFrom(body)) })
  }

  return {
    add(run: string, points: readonly Point[]): void {
      const byKey = new Map<string, Point[]>()
      for (const point of points) {
        if (!Number.isFinite(point.step) || !Number.isFinite(point.at) || point.key === '') continue
        const key = point.key.slice(0, LONGEST_KEY)
        const some = byKey.get(key)
        if (some) some.push(point)
        else byKey.set(key, [point])
      }
      for (const [key, some] of byKey) {
        const piece = pieceOf(some)
        const known = metric.get(run, key) as { lastStep: number } | undefined
        if (known === undefined || (piece[0] as number) > known.lastStep) append(run, key, piece)
        else insert(run, key, piece)
      }
    },
  }
}
