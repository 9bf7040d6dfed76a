import { create } from '@bufbuild/protobuf'
import { codeOf, dtypeOf } from './dtype.ts'
import { AttrValueSchema } from './gen/attr_value_pb.ts'
import type { Attr, DataType } from './graph.ts'

/** A list of types as an attribute, as `IdentityN` and `Print` have one. */
export const typesAttr = (types: DataType[]): Attr => ({
  kind: 'opaque',
  value: create(AttrValueSchema, { value: { case: 'list', value: { type: types.map(codeOf) } } }),
})

/** A list of numbers as an attribute. */
export const floatsAttr = (values: number[]): Attr => ({
  kind: 'opaque',
  value: create(AttrValueSchema, { value: { case: 'list', value: { f: values } } }),
})

/** The types of a list attribute; undefined where it is none, or names one that is not dealt with here. */
export function typesIn(attr: Attr | undefined): DataType[] | undefined {
  const value = attr?.kind === 'opaque' ? attr.value.value : undefined
  if (value?.case !== 'list') return undefined
  const types = value.value.type.map(dtypeOf)
  return types.every(type => type !== undefined) ? types : undefined
}

/** The texts of a list attribute; none where it is no such list. */
export function textsIn(attr: Attr | undefined): string[] {
  const value = attr?.kind === 'opaque' ? attr.value.value : undefined
  return value?.case === 'list' ? value.value.s.map(bytes => new TextDecoder().decode(bytes)) : []
}
