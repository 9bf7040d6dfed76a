import { ref, shallowRef } from 'vue'
import type { Engine, Failure, ValidationPolicy } from '#contract'
import { attempt, useCall, useEngine } from '../../engine/index.ts'
import { say } from '../../ui/index.ts'

/** What a verdict does, and a way to change it at once: shown before it is saved, taken back where it is refused. */
export function usePolicy() {
  const { engine } = useEngine()
  const policy = useCall(
    e => e.validation.policy,
    () => ({}),
  )
  const refused = shallowRef<Failure | null>(null)
  const saving = ref(false)

  /** @param shown what the change makes of the policy, until the engine says it */
  async function set(
    change: Parameters<Engine['validation']['setPolicy']>[0],
    shown: Partial<ValidationPolicy>,
  ): Promise<void> {
    if (!policy.value) return
    const before = policy.value
    policy.value = { ...before, ...shown }
    saving.value = true
    refused.value = null
    const answer = await attempt(engine.validation.setPolicy(change))
    saving.value = false
    if (!answer.ok) {
      policy.value = before
      refused.value = answer.failure
      return
    }
    policy.value = answer.value
    say('Saved.')
  }
  return { policy, refused, saving, set }
}
