import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  changeWords,
  outcomesOf,
  valuesOf,
  valuesText,
} from '../../../renderer/rooms/optimization/passes/outcomes.ts'
import { createRecipe } from '../../../renderer/rooms/optimization/passes/recipe.ts'
import {
  printStep,
  printSteps,
  readSteps,
} from '../../../renderer/rooms/optimization/passes/transformString.ts'
import { RECOMMENDED, transformed } from './variants.ts'

const steps = (text: string) => {
  const read = readSteps(text)
  if (!Array.isArray(read)) throw new Error(`${read.wanted} at ${read.at}`)
  return read
}

describe('a transform string', () => {
  test('is read as TensorFlow reads it: brackets, quotes, lists, trailing commas', () => {
    expect(steps('  strip_unused_nodes(type=float, shape="1,299,299,3", )\n fold_constants ')).toEqual([
      {
        name: 'strip_unused_nodes',
        args: [
          { name: 'type', value: 'float' },
          { name: 'shape', value: '1,299,299,3' },
        ],
      },
      { name: 'fold_constants', args: [] },
    ])
    expect(steps('remove_nodes(op=Identity, op=CheckNumerics)')[0]?.args).toHaveLength(2)
    expect(steps('')).toEqual([])
  })
  test.each([
    ['fold(', 6, /argument/],
    ['fold(a', 7, /equals/],
    ['fold(a=', 8, /value/],
    ['fold(a="x', 8, /value/],
    ['fold)', 5, /name of a pass/],
  ])('says where %s ends being one', (text, at, wanted) => {
    expect(readSteps(text)).toMatchObject({ at, wanted: expect.stringMatching(wanted) })
  })
  test('what is printed reads back', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
    const value = fc.stringMatching(/^[A-Za-z0-9 ,.;:/_-]{1,10}$/)
    const step = fc.record({ name, args: fc.array(fc.record({ name, value }), { maxLength: 3 }) })
    fc.assert(fc.property(fc.array(step), list => void expect(steps(printSteps(list))).toEqual(list)))
  })
  test('no text makes it hang or throw', () => {
    fc.assert(fc.property(fc.string(), text => void readSteps(text)))
  })
  test('values of an argument as a person types them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[A-Za-z0-9 ,./-]{1,8}$/)),
        list => void expect(valuesOf(valuesText(list))).toEqual(list),
      ),
    )
  })
})

describe('a recipe', () => {
  test('every change can be undone and redone, and a new one forgets what was undone', () => {
    const recipe = createRecipe()
    recipe.replace(steps('a b(x=1) c'))
    const keys = recipe.steps.value.map(step => step.key)
    recipe.move(keys[2] as number, 0)
    expect(recipe.text.value).toBe('c a b(x=1)')
    recipe.remove(keys[0] as number)
    recipe.set(keys[1] as number, [{ name: 'x', value: '2' }])
    expect(recipe.text.value).toBe('c b(x=2)')
    recipe.undo()
    recipe.undo()
    recipe.undo()
    expect(recipe.text.value).toBe('a b(x=1) c')
    recipe.redo()
    expect(recipe.text.value).toBe('c a b(x=1)')
    recipe.add({ name: 'd', args: [] })
    expect(recipe.canRedo.value).toBe(false)
    for (let i = 0; i < 9; i++) recipe.undo()
    expect(recipe.text.value).toBe('')
    expect(recipe.canUndo.value).toBe(false)
  })
  test('moves stop at the ends, and what does not move is no change', () => {
    const recipe = createRecipe()
    recipe.replace(steps('a b'))
    recipe.move(recipe.steps.value[0]?.key as number, -3)
    recipe.move(recipe.steps.value[1]?.key as number, 9)
    recipe.replace(steps('a b'))
    recipe.undo()
    expect(recipe.text.value).toBe('')
  })
  test('steps that stay keep their place in the list', () => {
    const recipe = createRecipe()
    recipe.replace(steps('a b a'))
    const [first, second, third] = recipe.steps.value.map(step => step.key)
    recipe.replace(steps('b a c a'))
    expect(recipe.steps.value.map(step => step.key)).toEqual([second, first, expect.any(Number), third])
  })
})

describe('what passes did', () => {
  const ran = { steps: steps(RECOMMENDED).map(printStep), passes: transformed().passes }
  test('freezing that came first by itself stands before the steps', () => {
    const seen = outcomesOf(steps(RECOMMENDED), ran)
    expect(seen.frozen?.pass).toBe('freeze')
    expect(seen.steps.map(report => report?.pass)).toEqual(['strip_unused_nodes', 'fold_constants'])
    expect(seen.current).toBe(true)
  })
  test('from the first other step on nothing is claimed', () => {
    const seen = outcomesOf(steps('strip_unused_nodes fold_constants'), ran)
    expect(seen.steps.map(report => report?.nodesAfter ?? null)).toEqual([28, null])
    expect(seen.current).toBe(false)
    expect(outcomesOf(steps('strip_unused_nodes'), ran).current).toBe(false)
    expect(outcomesOf(steps(RECOMMENDED), null).steps).toEqual([null, null])
  })
  test('outputs that moved are told with how far', () => {
    const [same, , moved] = transformed().passes
    expect(changeWords(same as never)).toEqual({ text: 'same outputs', same: true })
    expect(changeWords(moved as never)).toEqual({ text: 'within 0.0213', same: false })
    expect(changeWords({ ...(same as object), maxDifference: null } as never)).toBeNull()
  })
})
