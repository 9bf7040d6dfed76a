import type { Draft, Operation, Value } from '../draft.ts'

/** Operations that compute the same from the same are one. */
export function share(draft: Draft): void {
  const numbers = new Map<unknown, number>()
  const number = (thing: unknown): number => {
    const found = numbers.get(thing)
    if (found !== undefined) return found
    numbers.set(thing, numbers.size)
    return numbers.size - 1
  }
  const name = (value: Value | undefined): string => {
    if (!value) return '-'
    if (!value.data) return `v${number(value)}`
    const content = value.data.length <= 16 ? value.data.join() : `#${number(value.data)}`
    return `${value.type}[${value.shape}]${content}`
  }
  const known = new Map<string, Operation>()
  for (const operation of draft.operations) {
    if (operation.gone) continue
    const first = operation.outputs[0] as Value
    const options = JSON.stringify(operation.options, Object.keys(operation.options).sort())
    const grid = JSON.stringify(first.quantization)
    const key = `${operation.op}(${operation.inputs.map(name).join(' ')})${options}${first.type}${grid}`
    const twin = known.get(key)
    if (!twin) known.set(key, operation)
    else
      for (const [i, output] of operation.outputs.entries()) draft.replace(output, twin.outputs[i] as Value)
  }
}
