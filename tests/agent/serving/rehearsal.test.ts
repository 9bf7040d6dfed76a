import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RehearsalLimits, ReleaseFiles } from '../../../main/agent/serving/index.ts'
import { FailureError, runChild } from '../../../main/engine/kit/index.ts'
import { endlessModel } from '../endless.ts'
import { scoresOf } from '../publishHere.ts'
import { folder, instance, tinyGraph, transform } from '../tinyModel.ts'
import { releaseHere, servingHere } from './here.ts'

const open: ReturnType<typeof servingHere>[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const { serving } of open.splice(0)) await serving.close()
})

const LIMITS: RehearsalLimits = { milliseconds: 30_000, memoryBytes: 4e9, threads: 1 }
function rehearse(
  release: ReleaseFiles,
  limits: Partial<RehearsalLimits> = {},
  signal = new AbortController().signal,
) {
  const here = servingHere()
  open.push(here)
  return here.serving.rehearse(release, { ...LIMITS, ...limits }, signal)
}

async function refusal(...args: Parameters<typeof rehearse>) {
  try {
    await rehearse(...args)
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    const { code, message, remedy } = error.failure
    // One sentence, and something to do.
    expect(message).toMatch(/\.$/)
    expect(message).not.toMatch(/TypeError|\n| at /)
    expect(remedy).not.toBe('')
    return { code, message }
  }
  throw new Error('it passed')
}

test('a good release passes with what it takes here', async () => {
  const passed = await rehearse(
    releaseHere({
      version: 1,
      golden: { instances: [instance, instance], scores: [scoresOf(1), scoresOf(1)] },
    }),
  )
  expect(passed.rows).toBe(2)
  expect(passed.difference).toBeLessThan(1e-5)
  expect(passed.p95).toBeGreaterThanOrEqual(passed.median)
  expect(passed.peakBytes).toBeGreaterThan(30e6)
})

describe('a rehearsal refuses in one sentence', () => {
  test.each([
    [
      'a model that gives no numbers',
      { graph: tinyGraph({ best: 1, poison: Number.NaN }) },
      'unsupported-graph',
      /gives no number/,
    ],
    [
      'one of another width',
      { graph: tinyGraph({ best: 1, outputs: 2 }) },
      'unsupported-graph',
      /2 numbers for a row where 3 are expected/,
    ],
    [
      'one for another transform',
      { transform: { ...transform, width: 3, features: transform.features.slice(0, 1) } },
      'bad-input',
      /color/,
    ],
    [
      'other scores than were signed',
      { golden: { scores: [[0.9, 0.05, 0.05]] } },
      'golden-mismatch',
      /computes otherwise .* differs by 0\.\d+, and 0\.0100 is allowed/,
    ],
    [
      'fewer scores than rows',
      { golden: { instances: [instance, instance], scores: [scoresOf(1)] } },
      'golden-mismatch',
      /computes otherwise/,
    ],
    ['no golden rows', { golden: { instances: [] } }, 'unsupported', /no golden rows/],
    ['a damaged graph', { graph: Buffer.from('no graph at all') }, 'unreadable-file', /./],
    ['a damaged TFLite file', { tflite: Buffer.from('no model at all') }, 'unreadable-file', /./],
  ] as const)('%s', async (_, it, code, says) => {
    const { message, code: got } = await refusal(releaseHere({ version: 1, ...(it as object) }))
    expect([got, message]).toEqual([code, expect.stringMatching(says)])
  })

  test('a file that is gone', async () => {
    const release = releaseHere({ version: 1 })
    expect(
      (await refusal({ ...release, files: { ...release.files, 'graph.pb': '/nowhere/at-all' } })).code,
    ).toBe('not-found')
    const { 'graph.pb': _, ...none } = release.files
    expect((await refusal({ ...release, files: none })).message).toMatch(/no file that this device can run/)
  })

  test('a model that computes for ever, with the seconds it had', async () => {
    const began = performance.now()
    const { code, message } = await refusal(
      releaseHere({
        version: 1,
        tflite: endlessModel(),
        transform: { ...transform, features: [transform.features[0] as never], width: 1 },
      }),
      { milliseconds: 2500 },
    )
    expect(code).toBe('does-not-fit')
    expect(message).toContain('within 2.5 s')
    expect(performance.now() - began).toBeLessThan(9000)
  }, 20_000)

  test('a model that takes more memory than is allowed, with the numbers', async () => {
    const { code, message } = await refusal(releaseHere({ version: 1 }), { memoryBytes: 20e6 })
    expect(code).toBe('does-not-fit')
    expect(message).toMatch(/took \d+ MB of memory on this device, and 20 MB are allowed/)
  })

  test('a model for which memory runs out takes its process along, and nothing else', async () => {
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=16')
    const { code, message } = await refusal(releaseHere({ version: 1 }))
    expect(code).toBe('unsupported-graph')
    expect(message).toMatch(/^The process that tried Bolt inspector v1 ran out of memory\.$/)
    vi.unstubAllEnvs()
    expect((await rehearse(releaseHere({ version: 2, golden: { scores: [scoresOf(2)] } }))).rows).toBe(1)
  })
})

test('a device that stops ends what it rehearses, and so does who asked', async () => {
  const endless = releaseHere({
    version: 1,
    tflite: endlessModel(),
    transform: { ...transform, features: [transform.features[0] as never], width: 1 },
  })
  const stop = new AbortController()
  const going = rehearse(endless, {}, stop.signal)
  setTimeout(() => stop.abort(), 700)
  await expect(going).rejects.toThrow(/abort/i)
  const here = servingHere()
  const other = here.serving.rehearse(endless, LIMITS, new AbortController().signal)
  other.catch(() => {})
  await new Promise(resolve => setTimeout(resolve, 500))
  await here.serving.close()
  await expect(other).rejects.toThrow(/abort/i)
}, 20_000)

test.runIf(existsSync('/proc/self/oom_score_adj'))(
  'where memory runs short, the process of a rehearsal goes first',
  async () => {
    const home = folder()
    const program = `${home}/child.mjs`
    const rehearser = new URL('../../../main/agent/serving/rehearser.ts', import.meta.url)
    // The same process, asked for its score after it has read its plan.
    writeFileSync(
      program,
      `process.send = said => import('node:fs').then(({ readFileSync }) => { console.log(readFileSync('/proc/self/oom_score_adj', 'utf8').trim()); process.exit(0) })
await import(${JSON.stringify(rehearser.href)})`,
    )
    writeFileSync(
      `${home}/rehearsal.json`,
      JSON.stringify({ release: releaseHere({ version: 1 }), limits: LIMITS }),
    )
    const lines: string[] = []
    await runChild(program, home, {
      signal: AbortSignal.timeout(20_000),
      told: () => {},
      line: text => lines.push(text),
    })
    expect(lines).toContain('1000')
    expect(readFileSync('/proc/self/oom_score_adj', 'utf8').trim()).not.toBe('1000')
  },
)
