import type { Cell, TransformStep } from '#contract'
import { columnOf, type ScaledFeature } from '../spec.ts'
import { type Fitter, IDLE, single } from './kind.ts'
import { numberIn } from './number.ts'
import { Sample } from './sample.ts'
import { Moments, scale as scaleOf } from './scale.ts'

/** The largest finite number of 32 bits. */
const MOST = 3.4028234663852886e38

const hold = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value))
const log1p = (value: number) => Math.sign(value) * Math.log1p(Math.abs(value))

export const scaled = single<ScaledFeature>(
  spec => (spec.missing ? 2 : 1),
  (spec, cells, out, offset, stride) => {
    const { scale, center, spread, missing } = spec
    const name = columnOf(spec)
    const low = spec.low ?? Number.NEGATIVE_INFINITY
    const high = spec.high ?? Number.POSITIVE_INFINITY
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const value = numberIn(cells[row], name, row)
      if (Number.isNaN(value)) {
        if (missing) out[at + 1] = 1
        continue
      }
      const held = hold(value, low, high)
      out[at] =
        scale === 'none'
          ? hold(held, -MOST, MOST) + 0
          : scaleOf(scale === 'log1p' ? log1p(held) : held, center, spread)
    }
  },
)

type NumberStep = Extract<TransformStep, { kind: 'number' }>

/** Fits a scaled number; where quantiles decide, all figures are of what {@link Sample} keeps. */
export function fitScaled(name: string, type: ScaledFeature['type'], { scale, clip }: NumberStep): Fitter {
  const byQuantiles = clip?.by === 'quantiles'
  const sample = byQuantiles || scale === 'robust' ? new Sample() : null
  const all = new Moments()
  const shaped = new Moments()
  let missing = 0
  const limits = () => {
    if (!clip) return { low: null, high: null }
    const of = (at: number | null) => (at === null ? null : byQuantiles ? (sample?.quantile(at) ?? at) : at)
    return { low: of(clip.low), high: of(clip.high) }
  }
  const shape = (value: number, { low, high }: { low: number | null; high: number | null }) => {
    const held = hold(value, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY)
    return scale === 'log1p' ? log1p(held) : held
  }
  const known = limits()
  return {
    add(cells: readonly Cell[]) {
      for (let row = 0; row < cells.length; row++) {
        const value = numberIn(cells[row], name, row)
        if (Number.isNaN(value)) missing++
        else {
          all.add(value)
          if (sample) sample.add(value)
          else shaped.add(shape(value, known))
        }
      }
    },
    finish() {
      const idle = all.idle(missing)
      if (idle) return idle
      const { low, high } = limits()
      if (sample) for (const value of sample.ascending) shaped.add(shape(value, { low, high }))
      if (shaped.constant && missing === 0) return `${IDLE.same} within its limits`
      const place = placeOf()
      if (!place) return 'its values are too far apart, or too close, to be scaled'
      return { kind: 'scaled', name, type, scale, low, high, ...place, missing: missing > 0 }

      function placeOf(): { center: number; spread: number } | null {
        if (scale === 'none') return { center: 0, spread: 1 }
        if (shaped.constant) return { center: shaped.min + 0, spread: 1 }
        const [center, spread] =
          scale === 'min-max'
            ? [shaped.min, shaped.max - shaped.min]
            : scale === 'robust' && sample
              ? [
                  shape(sample.quantile(0.5), { low, high }),
                  shape(sample.quantile(0.75), { low, high }) - shape(sample.quantile(0.25), { low, high }),
                ]
              : [shaped.mean, shaped.deviation]
        // Where half of the rows have one value, the quartiles are the same; the deviation stands in for them.
        const wide = spread === 0 ? shaped.deviation : spread
        return Number.isFinite(center) && Number.isFinite(wide) && wide > 1e-300
          ? { center: center + 0, spread: wide }
          : null
      }
    },
  }
}
