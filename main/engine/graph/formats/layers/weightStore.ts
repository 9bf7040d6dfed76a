import type { Tensor } from '../../graph.ts'
import type { Slot } from './slots.ts'

/** The weights of a model by {@link Slot.key}. */
export interface WeightStore {
  find(key: string): Tensor | undefined
}

/** Other names of a weight: Keras 3 calls the kernel of a depthwise convolution plainly `kernel`. */
const ALSO: Record<string, string[]> = {
  depthwise_kernel: ['kernel'],
  alpha: ['alpha'],
  scale: ['scale', 'attention_v'],
}

interface Named<T> {
  steps: string[]
  weight: string
  value: T
  used: boolean
}

/**
 * Gives each weight of a model the one of a file that bears its name: `dense/kernel`, `model/dense/kernel:0`,
 * `bi/forward_lstm/lstm_cell/kernel`. Of several that could be meant the one with most names in common is taken, the
 * first of those. Where the names of a file tell nothing, their order does.
 */
export function byName<T>(slots: Slot[], named: [name: string, value: T][]): Map<string, T> {
  const entries = named.map(([name, value]): Named<T> => {
    const steps = name.replace(/:\d+$/, '').split('/')
    return { steps, weight: steps.pop() as string, value, used: false }
  })
  const byWeight = new Map<string, Named<T>[]>()
  for (const entry of entries)
    for (const step of new Set(['', ...entry.steps])) {
      const key = `${step}/${entry.weight}`
      const same = byWeight.get(key)
      if (same) same.push(entry)
      else byWeight.set(key, [entry])
    }
  const found = new Map<string, T>()
  const take = (slot: Slot, entry: Named<T> | undefined) => {
    if (!entry) return false
    entry.used = true
    found.set(slot.key, entry.value)
    return true
  }
  const left = slots.filter(slot => {
    const candidates = weightsCalled(slot)
      .flatMap(weight => [...slot.names].reverse().flatMap(name => byWeight.get(`${name}/${weight}`) ?? []))
      .filter(entry => !entry.used)
    return !take(slot, best(candidates, slot))
  })
  // Layers that were renamed after their weights were made.
  const open = left.filter(slot => {
    const same = weightsCalled(slot).flatMap(weight => byWeight.get(`/${weight}`) ?? [])
    return !take(
      slot,
      same.find(entry => !entry.used),
    )
  })
  const rest = entries.filter(entry => !entry.used)
  if (open.length === rest.length) open.forEach((slot, i) => void take(slot, rest[i]))
  return found
}

const weightsCalled = ({ weight }: Slot): string[] => [weight, ...(ALSO[weight] ?? [])]

function best<T>(candidates: Named<T>[], slot: Slot): Named<T> | undefined {
  let [winner, most] = [undefined as Named<T> | undefined, -1]
  for (const entry of candidates) {
    const common = slot.names.filter(name => entry.steps.includes(name)).length
    if (common > most) [winner, most] = [entry, common]
  }
  return winner
}
