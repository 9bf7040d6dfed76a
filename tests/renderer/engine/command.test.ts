import { describe, expect, test } from 'vitest'
import { commandOf, entries } from '../../../renderer/engine/index.ts'

describe('a command line from the contract', () => {
  test('takes positional words first and leaves defaults out', () => {
    expect(
      commandOf('dataset', 'import', {
        file: '/data/birds.csv',
        name: 'birds',
        train: 0.8,
        eval: 0.2,
        key: [],
      }),
    ).toBe('edgewright dataset import /data/birds.csv --name birds --eval 0.2')
  })
  test('quotes what a shell would split or expand', () => {
    expect(commandOf('dataset', 'import', { file: "it's $HOME.csv" })).toBe(
      `edgewright dataset import 'it'\\''s $HOME.csv'`,
    )
  })
  test('writes names in kebab case and lists by giving the flag again', () => {
    expect(
      commandOf('training', 'start', {
        dataset: 'birds',
        label: 'size',
        name: 'm',
        learningRate: 0.01,
        layers: [8, 4],
      }),
    ).toBe(
      'edgewright training start --dataset birds --label size --name m --learning-rate 0.01 --layers 8 --layers 4',
    )
    expect(commandOf('dataset', 'import', { file: 'a.csv', key: ['serial', 'Mounting, side'] })).toBe(
      `edgewright dataset import a.csv --key '["serial","Mounting, side"]'`,
    )
    expect(commandOf('publishing', 'startAgent', {})).toBe('edgewright publishing start-agent')
  })
  test('knows every entry and no other', () => {
    for (const { room, verb } of entries)
      expect(commandOf(room, verb)).toMatch(/^edgewright [a-z]+ [a-z -]+$/)
    expect(() => commandOf('dataset', 'drop')).toThrow(/not in the contract/)
  })
})
