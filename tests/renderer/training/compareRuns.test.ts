import { describe, expect, test } from 'vitest'
import { compareRuns } from '../../../renderer/rooms/training/compareRuns.ts'
import { keptText, runStatus, secondsLeft } from '../../../renderer/rooms/training/runWords.ts'
import { speedUp } from '../../../renderer/rooms/training/speedUp.ts'
import { epoch, run } from './runs.ts'

describe('compare runs', () => {
  test('what differs stands first and is marked, the rest follows', () => {
    const rows = compareRuns([run('run-1'), run('run-2', {}, { learningRate: 0.01, batch: 64 })])
    expect(rows.filter(row => row.differs).map(row => row.key)).toEqual(['learningRate', 'batch'])
    expect(rows.slice(0, 2).every(row => row.differs)).toBe(true)
    expect(rows[0]?.values).toEqual(['0.001', '0.01'])
    expect(rows.find(row => row.key === 'layers')).toMatchObject({
      differs: false,
      values: ['100-70-50-25', '100-70-50-25'],
    })
  })

  test('results differ too, and a run without them says none', () => {
    const rows = compareRuns([run('run-1'), run('run-2', { epochs: [], best: null, bytes: null })])
    const best = rows.find(row => row.key === 'best')
    expect(best).toMatchObject({ differs: true, part: 'result', values: ['3', 'none'] })
    expect(rows.find(row => row.key === 'evalLoss')?.values[1]).toBe('none')
  })

  test('equal runs differ in nothing', () => {
    expect(compareRuns([run('run-1'), run('run-2')]).some(row => row.differs)).toBe(false)
  })
})

describe('a run in words', () => {
  test('each state has its shape and word', () => {
    expect(runStatus(run('run-1', { state: 'running' })).word).toBe('Running, epoch 3 of 30')
    expect(runStatus(run('run-1', { stoppedEarly: true })).word).toBe('Stopped early at epoch 3')
    expect(runStatus(run('run-1', { state: 'interrupted' })).kind).toBe('interrupted')
    expect(runStatus(run('run-1', { state: 'failed' })).kind).toBe('bad')
  })
  test('stopping says what is kept', () => {
    expect(keptText(run('run-1', { state: 'cancelled', best: 2 }))).toBe('Epoch 2 of 30 is kept.')
    expect(keptText(run('run-1', { epochs: [], best: null }))).toMatch(/nothing is kept/)
  })
  test('time left follows the last epochs and ends with the run', () => {
    const slow = [epoch(1, { seconds: 100 }), ...[2, 3, 4, 5, 6].map(n => epoch(n, { seconds: 2 }))]
    expect(secondsLeft(run('run-1', { state: 'running', epochs: slow }))).toBe(48)
    expect(secondsLeft(run('run-1'))).toBeNull()
  })
})

describe('several workers', () => {
  const epochs = (seconds: number) => [epoch(1, { seconds: 9 }), ...[2, 3, 4].map(n => epoch(n, { seconds }))]
  const alone = run('run-1', { epochs: epochs(1.5) })
  test('are held to the newest run that did the same with one', () => {
    const together = run('run-3', { epochs: epochs(0.8) }, { workers: 2 })
    const other = run('run-2', { epochs: epochs(50), at: '2026-11-21T09:30:00Z' }, { batch: 64 })
    const faster = speedUp(together, [alone, other, together])
    expect(faster?.than.id).toBe('run-1')
    expect(faster?.times).toBeCloseTo(1.875)
  })
  test('say nothing where there is nothing to compare', () => {
    expect(speedUp(alone, [alone])).toBeNull()
    expect(speedUp(run('run-2', {}, { workers: 2 }), [])).toBeNull()
    expect(speedUp(run('run-2', { epochs: [] }, { workers: 2 }), [alone])).toBeNull()
  })
})
