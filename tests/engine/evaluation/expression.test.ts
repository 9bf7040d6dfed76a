import { describe, expect, test } from 'vitest'
import type { ColumnType } from '#contract'
import { conditionsOf, filterOf, parseExpression } from '../../../main/engine/evaluation/slices/expression.ts'
import { asked } from '../../../main/engine/evaluation/slices/wanted.ts'

const columns: { name: string; type: ColumnType }[] = [
  { name: 'age', type: 'float' },
  { name: 'Alter in Jahren', type: 'float' },
  { name: 'sex', type: 'text' },
  { name: 'ort – 城市', type: 'text' },
  { name: 'y`q', type: 'text' },
  { name: 'huge', type: 'integer' },
  { name: 'smokes', type: 'boolean' },
]
const filter = (text: string) => filterOf(parseExpression(text, columns))
const has = (column: string, is: string, values: unknown[] = [], closed?: boolean) => ({
  column,
  is,
  values,
  ...(closed && { closed }),
})

describe('what a person writes as a slice', () => {
  test.each([
    ["sex = 'O''Neil'", [has('sex', 'equals', ["O'Neil"])]],
    ["sex = 'O\\'Neil'", [has('sex', 'equals', ["O'Neil"])]],
    ['sex = "a ""b"""', [has('sex', 'equals', ['a "b"'])]],
    ["sex in ('', 'F')", [has('sex', 'one-of', ['', 'F'])]],
    ["sex = ''", [has('sex', 'equals', [''])]],
    ['sex = 12', [has('sex', 'equals', ['12'])]],
    ['sex = true', [has('sex', 'equals', ['true'])]],
    ['smokes = true', [has('smokes', 'equals', [true])]],
    ['age between 18 and 30 && sex == F', [has('age', 'range', [18, 30], true), has('sex', 'equals', ['F'])]],
    ['18 <= age < 30', [has('age', 'range', [18, null]), has('age', 'range', [null, 30])]],
    ['"F" = sex', [has('sex', 'equals', ['F'])]],
    ['Alter in Jahren <= 40', [has('Alter in Jahren', 'range', [null, 40], true)]],
    ['"Alter in Jahren" < 40', [has('Alter in Jahren', 'range', [null, 40])]],
    ['`Alter in Jahren` < 40', [has('Alter in Jahren', 'range', [null, 40])]],
    ["ort – 城市 = 'Zürich'", [has('ort – 城市', 'equals', ['Zürich'])]],
    ['y`q = "ja"', [has('y`q', 'equals', ['ja'])]],
    ['`y``q` = "ja"', [has('y`q', 'equals', ['ja'])]],
    ['sex = null and age != null', [has('sex', 'missing'), has('age', 'present')]],
    ['huge = 3868081905360176293', [has('huge', 'equals', ['3868081905360176293'])]],
  ])('%s', (text, where) => {
    expect(filter(text)).toEqual(where)
  })

  test('what no filter can say keeps its parts', () => {
    const parts = (text: string) => conditionsOf(parseExpression(text, columns)).map(({ is }) => is)
    expect(parts('age < 3 || !(sex = "F")')).toEqual(['range', 'equals'])
    expect(parts('age not between 3 and 5')).toEqual(['present', 'range'])
    expect(parts('huge > 3868081905360176293')).toEqual(['present', 'range'])
  })

  test.each([
    ['age >', 'a value is expected before the end'],
    ['aeg > 3', 'there is no column "aeg"'],
    ['3 < aeg', 'a column is expected before 3'],
    ['age between 3', 'the word "and" is expected before the end'],
    ['sex = "F"; drop', '"; drop" is not understood there'],
    ['(age > 3', 'a closing parenthesis is expected before the end'],
  ])('%s: %s', (text, why) => {
    expect(() => filter(text)).toThrow(why)
  })

  test('columns and crosses of them, quoted or not', () => {
    const data = { title: 'people', columns: columns as never, saved: [] }
    const cross = (...names: string[]) => ({ kind: 'cross', names })
    expect(asked(data, 'ort – 城市')).toEqual({ kind: 'column', name: 'ort – 城市' })
    expect(asked(data, 'sex * "Alter in Jahren"')).toEqual(cross('sex', 'Alter in Jahren'))
    expect(asked(data, 'sex*`age`*smokes')).toEqual(cross('sex', 'age', 'smokes'))
    expect(asked(data, 'age between 3 and 5')).toMatchObject({ kind: 'filter' })
  })
})
