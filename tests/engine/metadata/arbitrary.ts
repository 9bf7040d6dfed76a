import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf'
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import fc from 'fast-check'

const SCALARS: Partial<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  [ScalarType.STRING]: fc.string({ unit: 'binary', maxLength: 6 }),
  [ScalarType.BYTES]: fc.uint8Array({ maxLength: 6 }),
  [ScalarType.BOOL]: fc.boolean(),
  [ScalarType.DOUBLE]: fc.double(),
  [ScalarType.FLOAT]: fc.float(),
  [ScalarType.INT32]: fc.integer(),
  [ScalarType.UINT32]: fc.nat(),
  [ScalarType.INT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  [ScalarType.UINT64]: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
}

/** Any message of a type, by its description: some of its fields, some levels deep; an `Any` holds no known type. */
export function message(desc: DescMessage): fc.Arbitrary<Message> {
  return fc.infiniteStream(fc.nat({ max: 2 ** 30 })).chain(stream =>
    fc.gen().map(gen => {
      const next = () => stream.next().value ?? 0
      return fill(reflect(desc), 4, next, arb => gen(() => arb)).message
    }),
  )
}

type Pick = (arb: fc.Arbitrary<unknown>) => unknown

function fill(message: ReflectMessage, depth: number, next: () => number, pick: Pick): ReflectMessage {
  for (const field of message.fields) {
    if (next() % 3 !== 0 || (field.oneof && message.oneofCase(field.oneof))) continue
    if (field.message && depth === 0) continue
    const one = () => value(field, depth, next, pick)
    if (field.fieldKind === 'list') {
      const list = message.get(field)
      for (let i = next() % 3; i > 0; i--) list.add(one())
    } else if (field.fieldKind === 'map') {
      const map = message.get(field)
      for (let i = next() % 3; i > 0; i--) map.set(scalar(field.mapKey, pick), one())
    } else message.set(field, one())
  }
  return message
}

function value(field: DescField, depth: number, next: () => number, pick: Pick): unknown {
  if (field.message?.typeName === 'google.protobuf.Any') return reflect(field.message, create(field.message))
  if (field.message) return fill(reflect(field.message), depth - 1, next, pick)
  if (field.enum) return field.enum.values[next() % field.enum.values.length]?.number
  return scalar(field.scalar as ScalarType, pick)
}

function scalar(type: ScalarType, pick: Pick): unknown {
  const arb = SCALARS[type]
  if (!arb) throw new Error(`no values for scalar type ${type}`)
  return pick(arb)
}
