import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FailureError } from '../../../main/engine/kit/index.ts'
import {
  create,
  DatasetFeatureStatisticsListSchema,
  ExampleSchema,
  FeatureType,
  fromJson,
  fromText,
  SchemaSchema,
  toJson,
  toText,
} from '../../../main/engine/metadata/index.ts'
import { message } from './arbitrary.ts'

const failureOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof FailureError) return error.failure.message
    throw error
  }
  throw new Error('it was read')
}

describe('text that people and other programs write', () => {
  test.each([
    ['comments', '# a schema\nfeature { # one\n name: "a" # here\n}\n#end'],
    ['colons before messages', 'feature: { name: "a" }'],
    ['angle brackets', 'feature < name: "a" >'],
    ['separators', 'feature { name: "a"; }, '],
    ['lists of messages', 'feature [{ name: "a" }]'],
    ['single quotes and pieces', 'feature { name: \'\' "a"\n  "" }'],
    ['hexadecimal escapes', 'feature { name: "\\x61" }'],
    ['octal escapes', 'feature { name: "\\141" }'],
    ['unicode escapes', 'feature { name: "\\u0061" }'],
    ['Windows line ends and a byte order mark', '\ufefffeature {\r\n  name: "a"\r\n}\r\n'],
    ['one line', 'feature{name:"a"}'],
  ])('%s', (_, text) => {
    expect(toText(SchemaSchema, fromText(SchemaSchema, text))).toBe('feature {\n  name: "a"\n}\n')
  })

  test('numbers in all their forms', () => {
    const schema = fromText(
      SchemaSchema,
      `feature { type: 2 int_domain { min: -0x10 max: 017 } presence { min_fraction: 1.f } }
       feature { type: FLOAT deprecated: t float_domain { min: -inf max: Infinity } presence { min_fraction: .5e-1 } }
       feature { presence { min_fraction: nan } }
       default_environment: ["A", 'B']`,
    )
    const [a, b, c] = schema.feature
    expect(a?.type).toBe(FeatureType.INT)
    expect(a?.domainInfo.value).toMatchObject({ min: -16n, max: 15n })
    expect(a?.presenceConstraints.value).toMatchObject({ minFraction: 1 })
    expect(b?.domainInfo.value).toMatchObject({ min: -Infinity, max: Infinity })
    expect(b?.presenceConstraints.value).toMatchObject({ minFraction: 0.05 })
    expect(c?.presenceConstraints.value).toMatchObject({ minFraction: Number.NaN })
    expect(schema.defaultEnvironment).toEqual(['A', 'B'])
  })
})

describe('text that is wrong says where', () => {
  test.each([
    [
      'an unknown field',
      'feature {\n  name: "a"\n  typ: INT\n}',
      'line 3, column 3: unknown field "typ" for Feature',
    ],
    ['a wrong type', 'feature {\n  name: 3\n}', 'line 2, column 9: expected a string'],
    ['a wrong string', 'feature { int_domain { min: "three" } }', 'line 1, column 29: expected an integer'],
    ['an unknown enum value', 'feature { type: FLOATING }', 'column 17: unknown enum value "FLOATING"'],
    ['a missing brace', 'feature {\n  name: "a"\n', 'line 3, column 1: unexpected end of input'],
    ['an open string', 'feature { name: "a }', 'line 1, column 17: unterminated string'],
    ['a number too large', 'feature { int_domain { max: 9223372036854775808 } }', 'out of range for int64'],
    ['a field set twice', 'feature { name: "a"\nname: "b" }', 'line 2, column 1: non-repeated field "name"'],
    ['two of a oneof', 'feature { bool_domain {} int_domain {} }', 'oneof "domain_info" is already set'],
    ['prose', 'Dear sir or madam', 'line 1, column 1: unknown field "Dear"'],
    [
      'an Any of an unknown type',
      'annotation { extra_metadata { [a.b/c.D] {} } }',
      'unable to resolve "a.b/c.D"',
    ],
    ['too deep a nesting', `${'feature { struct_domain { '.repeat(5000)}`, 'recursion limit'],
  ])('%s', (_, text, said) => {
    const message = failureOf(() => fromText(SchemaSchema, text, 'schema.pbtxt'))
    expect(message).toContain('schema.pbtxt cannot be read as a schema: line ')
    expect(message).toContain(said)
    expect(message.length).toBeLessThan(300)
  })
})

const SCHEMAS: DescMessage[] = [SchemaSchema, DatasetFeatureStatisticsListSchema, ExampleSchema]

describe.each(SCHEMAS)('any %s', schema => {
  test('comes back from text, JSON and binary', () => {
    fc.assert(
      fc.property(message(schema), value => {
        // Through binary first, so that 32-bit floats are what they can hold.
        const whole = fromBinary(schema, toBinary(schema, value as MessageShape<DescMessage>))
        const text = toText(schema, whole)
        expect(text).toMatch(/^[\x20-\x7e\n]*$/)
        expect(fromText(schema, text)).toEqual(whole)
        expect(toText(schema, fromText(schema, text))).toBe(text)
        expect(fromJson(schema, toJson(schema, whole) as object)).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  test('is read from damaged text or refused', () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '<',
        '>',
        '[',
        ']',
        ':',
        '"',
        "'",
        '\\',
        '#',
        '\n',
        '-',
        'inf',
        '0x',
        '1e',
        '.',
      ),
      fc.constantFrom('feature', 'name', 'datasets', 'features', 'key', 'value', 'type', '"a"', 'annotation'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), parts => {
        try {
          fromText(schema, parts.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('a field set to its default is written, an unset one is not', () => {
  const schema = create(SchemaSchema, { feature: [{ name: '', deprecated: false }, {}] })
  expect(toText(SchemaSchema, schema)).toBe('feature {\n  name: ""\n  deprecated: false\n}\nfeature {\n}\n')
})
