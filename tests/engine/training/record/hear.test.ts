import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { saidIn } from '../../../../main/engine/training/record/hear.ts'

const NOW = 1_700_000_000
const pointsIn = (line: string) => {
  const said = saidIn(line, NOW)
  return said.kind === 'figures' ? said.points.map(({ key, step, value }) => [key, step, value]) : said.kind
}

describe('a line that a program writes', () => {
  test('with a step is figures, whatever they are called and however deep they lie', () => {
    expect(pointsIn('{"step": 3, "loss": 0.2, "phase": "train", "ok": true}')).toEqual([['loss', 3, 0.2]])
    expect(pointsIn('{"epoch": 2, "metrics": {"loss": 1, "val": {"acc": 0.5}}}')).toEqual([
      ['loss', 2, 1],
      ['val/acc', 2, 0.5],
    ])
    expect(pointsIn('{"epoch": 2, "step": 40, "train": {"loss": 1}}')).toEqual([['train/loss', 40, 1]])
    expect(pointsIn('{"global_step": 1, "name": "loss", "value": 7}')).toEqual([['loss', 1, 7]])
    expect(pointsIn('  {"iteration": -1.5, "x": 1e300}\r')).toEqual([['x', -1.5, 1e300]])
  })

  test('may hold what Python writes of numbers that JSON has no word for', () => {
    expect(
      pointsIn('{"step": 1, "loss": NaN, "a": Infinity, "b": -Infinity, "c": "NaN in \\"words\\""}'),
    ).toEqual([
      ['loss', 1, Number.NaN],
      ['a', 1, Number.POSITIVE_INFINITY],
      ['b', 1, Number.NEGATIVE_INFINITY],
    ])
  })

  test('says when it was written, in any of the usual ways', () => {
    for (const time of ['1600000000.5', '1600000000500', '"2020-09-13T12:26:40.500Z"'])
      expect(saidIn(`{"step": 1, "loss": 1, "time": ${time}}`, NOW)).toMatchObject({
        points: [{ at: 1_600_000_000.5 }],
      })
    expect(saidIn('{"step": 1, "loss": 1}', NOW)).toMatchObject({ points: [{ at: NOW }] })
  })

  test('may say what the run was given', () => {
    expect(saidIn('{"params": {"lr": 0.1, "net": "wide"}}', NOW)).toEqual({
      kind: 'figures',
      points: [],
      params: { lr: 0.1, net: 'wide' },
    })
  })

  test('is a message where our worker wrote it, and nothing of the kind where it only looks so', () => {
    expect(saidIn('{"kind":"step","epoch":1,"share":0.5}', NOW).kind).toBe('message')
    expect(saidIn('{"kind":"epoch","epoch":1,"loss":0.5}', NOW).kind).toBe('figures')
    expect(saidIn('{"kind":"done"}', NOW).kind).toBe('line')
  })

  test('is a line of the log otherwise', () => {
    for (const line of [
      '',
      'loss 0.5',
      '{"level":"info","port":8080}',
      '{"step": "three", "loss": 1}',
      '{"step": null}',
      '[1,2]',
      '{"step": 1, "loss":',
      '{"step": 1}',
      'null',
    ])
      expect(saidIn(line, NOW).kind, line).toBe('line')
  })

  test('never makes it fail', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map(json => `{"step":1,"a":${json}}`),
        ),
        line => {
          const said = saidIn(line, NOW)
          if (said.kind === 'figures')
            for (const { key, step } of said.points) expect(key !== '' || Number.isFinite(step)).toBe(true)
        },
      ),
    )
  })
})
