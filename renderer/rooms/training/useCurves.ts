import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { Curve, CurveAxis, Failure, RunId } from '#contract'
import { isWhole, type Span } from '../../charts/index.ts'
import { failureOf, isAbort, useEngine } from '../../engine/index.ts'

export interface WantedCurve {
  run: RunId
  key: string
}

/** A curve as it was asked for: all of it, or the stretch around a view. */
interface Held {
  whole: Curve
  near: { curve: Curve; from: number; to: number; view: Span } | null
}

/** Points for each px of width: the least and the most of each px stay. */
const PER_PX = 2
/** A view that became closer than this share of the one that was asked for is asked for anew. */
const CLOSER = 0.6
const LIVE_MS = 1000

const nameOf = ({ run, key }: WantedCurve, axis: CurveAxis): string => JSON.stringify([run, key, axis])

/** Whether what is held serves a view: it reaches over it, and is as dense as the screen can show. */
export function serves(held: Held, view: Span): boolean {
  const { whole, near } = held
  if (whole.x.length >= whole.points) return true
  return (
    near !== null &&
    near.from <= view[0] &&
    near.to >= view[1] &&
    (near.curve.x.length >= near.curve.points || view[1] - view[0] >= (near.view[1] - near.view[0]) * CLOSER)
  )
}

/**
 * Curves of runs, each thinned out by the engine to what the screen can show. Of a closer view the stretch with as much
 * again at both sides is asked for, so that a pan goes on while the next stretch is on its way; one round of questions
 * at a time, the newest view next.
 */
export function useCurves(
  asked: () => { wanted: WantedCurve[]; axis: CurveAxis; view: Span | null; width: number; isLive: boolean },
) {
  const { engine, generation } = useEngine()
  const held = shallowRef(new Map<string, Held>())
  const failure = shallowRef<Failure | null>(null)
  const isAsking = shallowRef(false)
  const stop = new AbortController()
  let again = false
  let grown = false

  async function read(one: WantedCurve, hasGrown: boolean): Promise<void> {
    const { axis, view, width } = asked()
    const name = nameOf(one, axis)
    const before = held.value.get(name)
    const most = Math.min(20_000, Math.max(400, Math.ceil(width) * PER_PX))
    const ask = (more: { from?: number; to?: number; most: number }) =>
      engine.training.curve({ ...one, axis, ...more }, { signal: stop.signal })
    const whole = before && !hasGrown ? before.whole : await ask({ most })
    let next: Held = { whole, near: before?.near ?? null }
    const around = view && whole.extent && !isWhole(view, whole.extent) ? view : null
    if (around && (hasGrown || !serves(next, around)) && whole.x.length < whole.points) {
      const margin = around[1] - around[0]
      const [from, to] = [around[0] - margin, around[1] + margin]
      const curve = await ask({ from, to, most: Math.min(20_000, most * 3) })
      next = { whole, near: { curve, from, to, view: around } }
    }
    if (stop.signal.aborted || (before && next.whole === before.whole && next.near === before.near)) return
    held.value = new Map(held.value).set(name, next)
  }

  async function round(): Promise<void> {
    if (isAsking.value) {
      again = true
      return
    }
    isAsking.value = true
    do {
      again = false
      const { wanted } = asked()
      // what grows while this round asks is asked for in the next one
      const hasGrown = grown
      grown = false
      const came = await Promise.allSettled(wanted.map(one => read(one, hasGrown)))
      const refused = came.find(one => one.status === 'rejected' && !isAbort(one.reason))
      failure.value = refused?.status === 'rejected' ? failureOf(refused.reason) : null
    } while (again && !stop.signal.aborted)
    isAsking.value = false
  }
  watch(() => JSON.stringify(asked()), round, { immediate: true })
  function fresh(): void {
    grown = true
    void round()
  }
  watch(generation, (_, before) => before > 0 && fresh())
  /* What was told since the last look, the last point of all among it, is read once more. */
  watch(
    () => asked().isLive,
    isLive => isLive || fresh(),
  )
  const timer = setInterval(() => asked().isLive && !isAsking.value && fresh(), LIVE_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    stop.abort()
  })

  return {
    /** The best that is known of a curve for the view. */
    of(one: WantedCurve): Curve | null {
      const { axis, view } = asked()
      const found = held.value.get(nameOf(one, axis))
      if (!found) return null
      const { near, whole } = found
      return view && near && near.from <= view[0] && near.to >= view[1] ? near.curve : whole
    },
    /** From where to where all that is wanted goes; null while nothing is there. */
    whole: computed<Span | null>(() => {
      const { wanted, axis } = asked()
      const extents = wanted.flatMap(one => {
        const extent = held.value.get(nameOf(one, axis))?.whole.extent
        return extent ? [extent] : []
      })
      return extents.length
        ? [Math.min(...extents.map(each => each[0])), Math.max(...extents.map(each => each[1]))]
        : null
    }),
    isAsking: computed(() => isAsking.value),
    failure: computed(() => failure.value),
    /** Asks for everything anew. */
    reload: fresh,
  }
}
