import type { Curve, CurveAxis, RunId, RunMetric } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { pieceFrom } from './piece.ts'
import { likeOf } from './table.ts'

interface Asked {
  run: RunId
  key: string
  axis: CurveAxis
  from?: number | undefined
  to?: number | undefined
  most: number
}

interface Extent {
  points: number | null
  first: number
  last: number
}

/** Metrics and curves of runs as they are shown. */
export function openCurves({ db }: Store) {
  const wanted = `FROM run_metrics WHERE run IN (SELECT value FROM json_each(@runs)) AND key LIKE @like ESCAPE '\\'`
  const metrics = db.prepare(
    `SELECT run, key, points, last, least, most, last_step AS lastStep ${wanted}
     ORDER BY key, run LIMIT @limit OFFSET @offset`,
  )
  const count = db.prepare(`SELECT count(*) AS total ${wanted}`)
  const origin = db.prepare('SELECT min(first_at) AS at FROM run_points WHERE run = ?')
  const place = { step: ['first_step', 'last_step'], at: ['first_at', 'last_at'] } as const
  const over = (first: string, last: string) => ({
    extent: db.prepare(
      `SELECT min(${first}) AS first, max(${last}) AS last, sum(points) AS points
       FROM run_points WHERE run = ? AND key = ?`,
    ),
    held: db.prepare(
      `SELECT sum(points) AS points FROM run_points WHERE run = ? AND key = ? AND ${last} >= ? AND ${first} <= ?`,
    ),
    pieces: db.prepare(
      `SELECT body FROM run_points WHERE run = ? AND key = ? AND ${last} >= ? AND ${first} <= ? ORDER BY first_step`,
    ),
  })
  const by = { step: over(...place.step), at: over(...place.at) }

  function curve({ run, key, axis, from, to, most }: Asked): Curve {
    const { extent, held, pieces } = axis === 'step' ? by.step : by.at
    const whole = extent.get(run, key) as Extent
    if (whole.points === null)
      throw fail(
        'not-found',
        `${run} has no metric "${key}".`,
        'See the metrics of the run for those it has.',
      )
    const zero = axis === 'seconds' ? (origin.get(run) as { at: number }).at : 0
    const low = from === undefined ? whole.first : from + zero
    const high = to === undefined ? whole.last : to + zero
    const few = ((held.get(run, key, low, high) as { points: number | null }).points ?? 0) <= most
    const stretches = stretchesOf(low, high, few ? 0 : (most - 2) >> 1)
    const place = axis === 'step' ? 0 : 1
    for (const { body } of pieces.iterate(run, key, low, high) as Iterable<{ body: Buffer }>) {
      const piece = pieceFrom(body)
      for (let i = 0; i < piece.length; i += 3)
        stretches.add(piece[i + place] as number, piece[i + 2] as number)
    }
    const { x, y, points } = stretches.end()
    return {
      ...{ run, key, axis, points },
      x: zero === 0 ? x : x.map(each => each - zero),
      y: y.map(value => (Number.isFinite(value) ? value : null)),
      extent: [whole.first - zero, whole.last - zero],
    }
  }

  return {
    curve,
    metrics(asked: { runs: RunId[]; text?: string | undefined; offset: number; limit: number }) {
      const given = { runs: JSON.stringify(asked.runs), like: likeOf(asked.text ?? '') }
      const { total } = count.get(given) as { total: number }
      const { offset, limit } = asked
      return { metrics: metrics.all({ ...given, offset, limit }) as RunMetric[], total }
    },
    /** All metrics of a run. */
    of: (run: RunId) =>
      metrics.all({ runs: JSON.stringify([run]), like: '%', offset: 0, limit: -1 }) as RunMetric[],
  }
}

/**
 * Thins points out: of each of `count` stretches of the range the least and the most stay, with the first and the last
 * point of all; of a stretch without any number one point that is none. 0: all points stay.
 */
function stretchesOf(low: number, high: number, count: number) {
  const kept: { x: number; y: number }[] = []
  const [leastX, leastY] = [new Float64Array(count), new Float64Array(count).fill(Number.POSITIVE_INFINITY)]
  const [mostX, mostY] = [new Float64Array(count), new Float64Array(count).fill(Number.NEGATIVE_INFINITY)]
  const noneX = new Float64Array(count).fill(Number.NaN)
  const scale = high > low ? count / (high - low) : 0
  let points = 0
  let [firstX, firstY, lastX, lastY] = [Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 0]
  return {
    add(x: number, y: number): void {
      if (!(x >= low && x <= high)) return
      points++
      if (count === 0) {
        kept.push({ x, y })
        return
      }
      if (x < firstX) {
        firstX = x
        firstY = y
      }
      if (x >= lastX) {
        lastX = x
        lastY = y
      }
      const at = Math.min(count - 1, ((x - low) * scale) | 0)
      if (!Number.isFinite(y)) {
        noneX[at] = x
        return
      }
      if (y < (leastY[at] as number)) {
        leastX[at] = x
        leastY[at] = y
      }
      if (y > (mostY[at] as number)) {
        mostX[at] = x
        mostY[at] = y
      }
    },
    end(): { x: number[]; y: number[]; points: number } {
      if (points > 0 && count > 0) kept.push({ x: firstX, y: firstY }, { x: lastX, y: lastY })
      for (let at = 0; at < count; at++) {
        const [least, most] = [leastY[at] as number, mostY[at] as number]
        if (least <= most)
          kept.push({ x: leastX[at] as number, y: least }, { x: mostX[at] as number, y: most })
        else if (!Number.isNaN(noneX[at])) kept.push({ x: noneX[at] as number, y: Number.NaN })
      }
      kept.sort((a, b) => a.x - b.x)
      const each = count === 0 ? kept : kept.filter(({ x, y }, i) => !isSame(kept[i - 1], x, y))
      return { x: each.map(({ x }) => x), y: each.map(({ y }) => y), points }
    },
  }
}

const isSame = (before: { x: number; y: number } | undefined, x: number, y: number): boolean =>
  before !== undefined && before.x === x && Object.is(before.y, y)
