import { useRouter } from 'vue-router'
import type { Run, Variant } from '#contract'
import { attempt, useEngine } from '../../../engine/index.ts'
import { toast } from '../../../ui/index.ts'
import { routeOfRows, splitOf } from './rowLinks.ts'

/** Opening the rows that a variant answers otherwise than the model, in their dataset. */
export function useRowLink() {
  const router = useRouter()
  const { engine } = useEngine()
  return async (run: Run, { proof }: Variant): Promise<void> => {
    const split = proof && splitOf(proof.data)
    if (!split || !proof.disagreements) return
    const places = proof.disagreements.rows.map(row => row.row)
    const found = await attempt(routeOfRows(engine, run, split, places))
    if (found.ok) await router.push(found.value)
    else toast({ kind: 'bad', title: found.failure.message, text: found.failure.remedy })
  }
}
