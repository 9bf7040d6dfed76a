import { type Attr, attr } from '../../../graph.ts'
import type { Call } from './call.ts'
import { ports } from './shaping.ts'

/**
 * An operator without a counterpart: loops, recurrent cells, custom ones. It stays a node of its own name, so that
 * nothing is dropped, and whoever cannot deal with it can say which one it is.
 */
export function kept(call: Call) {
  const { op, customCode, options } = call.operator
  const inputs = Array.from({ length: call.count }, (_, i) => i).filter(i => call.has(i))
  const node = call.add(
    op,
    inputs.map(i => call.input(i)),
    {
      ...(customCode !== undefined && { custom_code: attr.string(customCode) }),
      ...Object.fromEntries(
        Object.entries(options).flatMap(([name, value]) => {
          const told = attrOf(value)
          return told ? [[name, told]] : []
        }),
      ),
    },
  )
  return ports(node, call.outputs.length)
}

function attrOf(value: unknown): Attr | undefined {
  if (typeof value === 'string') return attr.string(value)
  if (typeof value === 'boolean') return attr.bool(value)
  if (typeof value === 'number') return Number.isInteger(value) ? attr.int(value) : attr.float(value)
  return Array.isArray(value) && value.every(Number.isInteger) ? attr.ints(value) : undefined
}
