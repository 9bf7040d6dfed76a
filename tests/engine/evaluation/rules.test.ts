import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
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
    expect(read([])).toEqual([])
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
})
