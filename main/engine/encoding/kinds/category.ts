import type { TransformStep } from '#contract'
import type { BucketsFeature, VocabularyFeature } from '../spec.ts'
import { type Fitter, IDLE } from './kind.ts'
import { byCodeUnit, type TextType, textIn } from './text.ts'

/** Different values that are counted; those that come first after so many are not taken up any more. */
const COUNTED = 1_000_000

/** Counts of different values, in bounded memory. */
export class Counts {
  private counts = new Map<string, number>()
  present = 0

  add(text: string): void {
    this.present++
    const count = this.counts.get(text)
    if (count !== undefined) this.counts.set(text, count + 1)
    else if (this.counts.size < COUNTED) this.counts.set(text, 1)
  }

  get different(): number {
    return this.counts.size
  }

  /** Most frequent first, ties by code unit. */
  frequent(): [string, number][] {
    return [...this.counts].sort(([a, n], [b, m]) => m - n || byCodeUnit(a, b))
  }
}

type CategoryStep = Extract<TransformStep, { kind: 'vocabulary' | 'hash' }>

/** Fits a vocabulary or hash buckets as a person wants them. */
export function fitCategory(name: string, type: TextType, step: CategoryStep): Fitter {
  const counts = new Counts()
  let missing = 0
  const isIndex = step.as === 'index'
  return {
    add(cells) {
      for (let row = 0; row < cells.length; row++) {
        const text = textIn(cells[row], name, type, row)
        if (text === null) missing++
        else counts.add(text)
      }
    },
    finish(): VocabularyFeature | BucketsFeature | string {
      if (counts.present === 0) return IDLE.empty
      if (counts.different === 1 && missing === 0) return IDLE.same
      // An index always has a place for what is missing and for what nobody has seen.
      const rest = { missing: missing > 0 || isIndex, ...(isIndex ? { as: 'index' as const } : {}) }
      if (step.kind === 'hash') return { kind: 'buckets', name, type, buckets: step.buckets, ...rest }
      const kept = counts
        .frequent()
        .filter(([, count]) => count >= step.least)
        .slice(0, step.most)
      if (kept.length === 0) return `no value is in ${step.least} rows or more`
      const covered = kept.reduce((sum, [, count]) => sum + count, 0)
      const others = Math.max(step.other ?? 1, isIndex ? 1 : 0)
      return {
        kind: 'vocabulary',
        name,
        type,
        values: kept.map(([value]) => value),
        // Asked for by number, places for other values are always there.
        other: others > 0 && (covered < counts.present || isIndex || step.other !== undefined),
        ...(others > 1 ? { others } : {}),
        ...rest,
      }
    },
  }
}
