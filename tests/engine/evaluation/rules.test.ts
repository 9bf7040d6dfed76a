import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { contract, inputOf } from '#contract'
import { assertOneLabel } from '../../../main/engine/evaluation/compare/shared.ts'
import { rulesIn } from '../../../main/engine/evaluation/gate/rules.ts'
import { temporaryFolder } from '../../contract/house.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const path = join(folder.path, 'gate.json')
const read = (text: unknown) => {
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text))
  return rulesIn(path)
}

describe('a gate file', () => {
  const rules = [
    { metric: 'accuracy', min: 0.8, confidence: 0.95 },
    { metric: 'auc', slice: 'sex', minChange: -0.01, minRows: 50 },
  ]

  test('is a list of rules, or holds one', () => {
    expect(read(rules)).toEqual(rules)
    expect(read({ rules })).toEqual(rules)
  })

  test.each<[string, unknown, RegExp]>([
    ['is no JSON', 'accuracy > 0.8', /is not JSON/],
    ['is cut off', '[{"metric":"accuracy","min"', /is not JSON/],
    ['is empty', '', /is not JSON/],
    ['holds no list', 5, /holds no list of rules/],
    ['holds nothing', 'null', /holds no list of rules/],
    ['holds no rule', [null], /Rule 1 of gate\.json is wrong/],
    ['has a rule without a bound', [{ metric: 'accuracy' }], /Rule 1 of gate\.json is wrong: give min/],
    ['has a bound that is no number', [{ metric: 'auc', min: '0.8' }], /Rule 1 .* is wrong: min /],
    ['has an unknown key', [rules[0], { metric: 'auc', minn: 0.8 }], /Rule 2 of gate\.json has "minn"/],
    ['has an unknown metric', [{ metric: 'acuracy', min: 0.8 }], /no metric "acuracy"/],
    ['has bounds that exclude each other', [{ metric: 'auc', min: 0.9, max: 0.8 }], /at least 0\.9/],
    ['is lenient by no confidence', [{ metric: 'auc', min: 0.9, lenient: true }], /lenient/],
  ])('that %s is refused', (_, text, said) => {
    expect(() => read(text)).toThrow(said)
  })

  test('that is not there is not found', () => {
    expect(() => rulesIn(join(folder.path, 'nowhere.json'))).toThrow(/no gate file/)
  })

  test.each(['[]', '{"rules":[]}'])('that asks for nothing is a slip: %s', text => {
    const empty = join(folder.path, 'empty.json')
    writeFileSync(empty, text)
    expect(() => rulesIn(empty)).toThrow('empty.json holds no rule, so nothing is asked of the model.')
  })
})

test('an empty --slice is told what a slice can be', () => {
  const said = inputOf(contract.evaluation.run).safeParse({ run: 'run-1', slice: '' })
  expect(said.error?.issues[0]?.message).toMatch(/^must be a column, .* or an expression/)
})

test('runs of different labels are refused by name before anything is measured', () => {
  const runs = ['kind', 'size', null].map((label, at) => ({ id: `run-${at + 1}`, plan: { label } }))
  const check = (...some: unknown[]) => assertOneLabel(some as Parameters<typeof assertOneLabel>[0])
  expect(() => check(...runs)).toThrow('run-1 predicts "kind" and run-2 predicts "size"')
  check(runs[0], runs[2], runs[0])
})
