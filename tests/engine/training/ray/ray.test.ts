import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rayApi } from '../../../../main/engine/training/targets/ray/api.ts'
import { rayTarget } from '../../../../main/engine/training/targets/ray.ts'
import type { Target } from '../../../../main/engine/training/targets/target.ts'
import { FILES, type ScriptWork } from '../../../../main/engine/training/work.ts'
import { readCheckpoint } from '../../../../main/engine/training/worker/checkpointFile.ts'
import { terminal } from '../../../e2e/terminal.ts'
import { trainerFolder } from '../python/trainer.ts'
import { classifier, writeWork } from '../python/work.ts'
import { suite } from '../targets/suite.ts'
import { listener, until } from '../targets/work.ts'
import { type Cluster, ray, startCluster } from './cluster.ts'
import { type Line, openProxy } from './proxy.ts'

const scratch = mkdtempSync(join(tmpdir(), 'edgewright-ray-'))
const place = (name: string) => join(scratch, name)
const open = (address: string, more = {}): Target =>
  rayTarget({ name: 'lab', address }, async () => trainerFolder, more)

/** A person's own program in Python. */
function writeScript(folder: string, source: string, work: Partial<ScriptWork> = {}): string {
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  put('data/train.csv', 'a,b\n1,2\n')
  put('data/eval.csv', 'a,b\n3,4\n')
  put('program/run.py', source)
  const script: ScriptWork = {
    kind: 'script',
    script: 'program/run.py',
    env: {
      TRAIN_DATA: 'data/train.csv',
      EVAL_DATA: 'data/eval.csv',
      MODEL_DIR: FILES.model,
      HPARAMS: '{"rate":0.5}',
    },
    ...work,
  }
  put(FILES.work, JSON.stringify(script))
  return folder
}

if (!ray)
  test(`Ray trains (${process.env.CI ? 'must not be skipped here' : 'skipped'}: set EDGEWRIGHT_RAY to a ray command beside TensorFlow)`, context => {
    if (process.env.CI) throw new Error('EDGEWRIGHT_RAY names no command.')
    context.skip()
  })

describe.skipIf(!ray)('a Ray cluster', () => {
  let cluster: Cluster
  let proxy: Line
  let target: Target
  beforeAll(async () => {
    cluster = await startCluster(ray as string)
    proxy = await openProxy(cluster.address)
    target = open(cluster.address)
  }, 180_000)
  afterAll(async () => {
    await proxy?.close()
    await cluster?.stop()
    rmSync(scratch, { recursive: true, force: true })
  }, 30_000)
  const slow = { timeout: 180_000 }

  test('is added, checked and trained on from the command line, by two workers', slow, async () => {
    const lines = Array.from({ length: 120 }, (_, i) => `${i % 17},${(i * 7) % 11},${i % 17 > (i * 7) % 11}`)
    mkdirSync(place('commands'))
    writeFileSync(join(place('commands'), 'rows.csv'), ['a,b,more', ...lines].join('\n'))
    const { run, json } = terminal(place('home'), place('commands'))
    await json('dataset', 'import', 'rows.csv')
    await json('training', 'target', 'add', 'lab', '--kind', 'ray', '--address', cluster.address)
    const check = await run('training', 'target', 'check', 'lab')
    expect([check.code, check.out]).toEqual([
      0,
      expect.stringMatching(/^lab \(ray\) can be used\n {2}ok +reachable +Ray /),
    ])
    const plan = ['--dataset', 'rows', '--label', 'more', '--layers', '4', '--epochs', '2']
    const done = await run('training', 'start', ...plan, '--target', 'lab', '--workers', '2')
    expect([done.code, done.out]).toEqual([0, expect.stringMatching(/^run-1 of rows succeeded\n/)])
    expect(done.out).toMatch(/^by +tabular on lab \(tensorflow: .*2 workers/m)
    expect((await run('training', 'logs', 'run-1')).out).toContain('Epoch 2: loss ')
    expect(await json('evaluation', 'run', '--run', 'run-1')).toMatchObject({ task: 'binary' })
  })

  suite('ray', () => target, { seconds: 180 })

  test(
    'says what it has and which TensorFlow its nodes bring, behind a prefix of the path',
    slow,
    async () => {
      const checks = await open(proxy.address).check(new AbortController().signal)
      expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
        'reachable ok',
        'workers ok',
        'gpu warning',
        'engine ok',
        'disk ok',
      ])
      expect(checks[0]?.says).toMatch(/^Ray \d+\.\d+\.\d+ answers at http/)
      expect(checks[1]?.says).toMatch(/1 node with 2 cores, no GPU and/)
      expect(checks[3]?.says).toMatch(/TensorFlow \d+\.\d+\.\d+ on 1 of 1 node/)
    },
  )

  test('trains by one worker and by two to the same quality, and data travels once', slow, async () => {
    const losses: number[] = []
    const uploads: number[] = []
    for (const workers of [1, 2]) {
      const { heard, options } = listener({ wants: { workers, cpus: 1 } })
      const folder = place(`workers-${workers}`)
      writeWork(folder, { inputs: 6, net: classifier(6, [16], 3), epochs: 5 })
      const before = proxy.uploads()
      // In pieces, as much data goes.
      const done = await open(proxy.address, { piece: 12_000 }).run(folder, options)
      uploads.push(proxy.uploads() - before)
      expect(done).toEqual({ kind: 'done', best: 5, stoppedEarly: false })
      const ready = heard.messages.find(message => message.kind === 'ready')
      expect(ready?.backend.includes('2 workers')).toBe(workers === 2)
      const epochs = heard.messages.filter(message => message.kind === 'epoch')
      expect(epochs.map(({ figures }) => figures.epoch)).toEqual([1, 2, 3, 4, 5])
      losses.push(epochs.at(-1)?.figures.evalLoss as number)
      expect(readFileSync(join(folder, FILES.weights)).length).toBe((6 * 16 + 16 + 16 * 3 + 3) * 4)
      expect(JSON.parse(readFileSync(join(folder, FILES.topology), 'utf8')).weightSpecs).toHaveLength(4)
    }
    expect(losses[1]).toBeCloseTo(losses[0] as number, 4)
    // Features of 28,800 and 14,400 bytes go in five pieces, labels and work in one or two more; then the job alone goes.
    expect(uploads[0]).toBeGreaterThan(5)
    expect(uploads[1]).toBe(1)
  })

  test('is left, cut off and followed again with each line once, and results come back', slow, async () => {
    const folder = writeScript(
      place('lines'),
      `
import json, os, sys, time
for n in range(60):
    print('line', n, 'äöü' if n % 7 == 0 else '', flush=True)
    time.sleep(0.12)
print('to err', file=sys.stderr)
assert open(os.environ['TRAIN_DATA']).read() == 'a,b\\n1,2\\n' and json.loads(os.environ['HPARAMS']) == {'rate': 0.5}
os.makedirs(os.path.join(os.environ['MODEL_DIR'], 'deep'), exist_ok=True)
open(os.path.join(os.environ['MODEL_DIR'], 'deep', 'weights'), 'wb').write(bytes(range(256)) * 400)
open(os.path.join(os.environ['MODEL_DIR'], 'empty'), 'wb')
`,
    )
    const far = open(proxy.address)
    const first = listener({ leaving: () => true })
    const running = far.run(folder, first.options)
    running.catch(() => {})
    await until(() => first.texts().length > 12, 'some lines')
    first.stop.abort()
    await expect(running).rejects.toMatchObject({ failure: { code: 'cancelled' } })
    const { placement, cursor } = first.heard
    const second = listener({ again: { placement: placement as Record<string, unknown>, cursor } })
    const followed = far.run(folder, second.options)
    await until(() => second.texts().length > 8, 'lines after coming back')
    proxy.cut()
    await new Promise(done => setTimeout(done, 700))
    proxy.mend()
    expect(await followed).toEqual({ kind: 'done', best: null, stoppedEarly: false })
    expect(second.heard.steps.join()).toContain('the line is lost')
    const all = [...first.texts(), ...second.texts()]
    expect(all).toEqual([
      ...Array.from({ length: 60 }, (_, n) => `line ${n} ${n % 7 === 0 ? 'äöü' : ''}`),
      'to err',
    ])
    expect(second.heard.lines.find(({ text }) => text === 'to err')?.level).toBe('error')
    const times = [...first.heard.lines, ...second.heard.lines].flatMap(({ at }) =>
      at ? [at.getTime()] : [],
    )
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const weights = readFileSync(join(folder, FILES.model, 'deep', 'weights'))
    expect(weights.equals(Buffer.from(Array.from({ length: 102_400 }, (_, i) => i % 256)))).toBe(true)
    expect(readFileSync(join(folder, FILES.model, 'empty')).length).toBe(0)
  })

  test('tells each worker of a script of the others, and names the one that failed', slow, async () => {
    const folder = writeScript(
      place('cluster'),
      `
import json, os, sys, time
config = json.loads(os.environ['TF_CONFIG'])
print(len(config['cluster']['worker']), config['task']['index'], flush=True)
if config['task']['index'] == 1:
    sys.exit('no more of this')
time.sleep(60)
`,
    )
    const { options, heard } = listener({ wants: { workers: 2 } })
    const failed = await target.run(folder, options).catch(error => error.failure)
    expect(failed).toMatchObject({ code: 'training-failed' })
    expect(failed.message).toMatch(/Worker 1 ended with exit code 1.*no more of this/)
    expect(heard.lines.find(({ text }) => text === '2 0')?.from).toBeUndefined()
    expect(heard.lines.find(({ text }) => text === '2 1')?.from).toBe('worker-1')
  })

  test('says in a sentence why a run failed there', slow, async () => {
    const run = (name: string, source: string, wants = {}, more: Partial<ScriptWork> = {}) =>
      target.run(writeScript(place(name), source, more), listener({ wants }).options).then(
        () => 'it did not fail',
        error => error.failure?.message ?? error,
      )
    expect(await run('wide', '', { workers: 3, cpus: 2 })).toMatch(
      /asks for 3 workers with 2 cores each, and the cluster has 1 node with 2 cores, no GPU and .*: it would wait forever/,
    )
    expect(await run('gpus', '', { gpus: 'all' })).toMatch(/asks for 1 core and 1 GPU, and the cluster has/)
    expect(await run('ids', '', { gpus: 'device=1' })).toMatch(/Ray itself chooses/)
    expect(await run('image', '', { image: 'mine:1' })).toMatch(/not in an image/)
    const [exit, missing, killed] = await Promise.all([
      run('exit', 'import sys\nprint("almost")\nprint("it broke", file=sys.stderr)\nsys.exit(3)', {
        cpus: 0.4,
      }),
      run('missing', '', { cpus: 0.4 }, { command: ['no-such-program'] }),
      run('killed', 'import os\nos.kill(os.getpid(), 9)', { cpus: 0.4 }),
    ])
    expect(exit).toMatch(/ended with exit code 3\. Its last lines: (almost \| it broke|it broke \| almost)$/)
    expect(missing).toMatch(/exit code 127.*no-such-program could not be started/)
    expect(killed).toMatch(/ended by the system of its node/)
    cluster.setTensorflow(false)
    try {
      writeWork(place('bare'), { inputs: 6, net: classifier(6, [8], 3) })
      const bare = await target.run(place('bare'), listener().options).catch(error => error.failure)
      expect(bare).toMatchObject({ code: 'not-found' })
      expect(bare.message).toMatch(/has no TensorFlow/)
      expect(bare.remedy).toMatch(/pip install tensorflow/)
    } finally {
      cluster.setTensorflow(true)
    }
  })

  test('says so when the job was stopped there, with the checkpoint brought back', slow, async () => {
    const folder = place('stopped')
    writeWork(folder, { inputs: 6, net: classifier(6, [16], 3), epochs: 100_000 })
    const { heard, options } = listener()
    const running = target.run(folder, options)
    running.catch(() => {})
    await until(() => heard.messages.some(({ kind }) => kind === 'epoch'), 'an epoch')
    await rayApi(cluster.address).stop((heard.placement as { job: string }).job)
    await expect(running).rejects.toMatchObject({
      failure: { message: expect.stringMatching(/stopped|signal 15|143/) },
    })
    expect(readCheckpoint(join(folder, FILES.checkpoint))?.epochs.length).toBeGreaterThan(0)
    expect(existsSync(join(folder, FILES.weights))).toBe(false)
  })

  test('leaves a run to itself when the line stays lost', slow, async () => {
    const far = open(proxy.address, { patience: 1000 })
    const { options, texts } = listener()
    const running = far.run(
      writeScript(place('lost'), 'import time\nprint("on", flush=True)\ntime.sleep(8)'),
      options,
    )
    running.catch(() => {})
    await until(() => texts().includes('on'), 'a line')
    proxy.cut()
    try {
      await expect(running).rejects.toMatchObject({
        failure: { code: 'unreachable', message: expect.stringContaining('what runs there goes on') },
      })
      const [check] = await far.check(new AbortController().signal)
      expect(check).toMatchObject({ name: 'reachable', state: 'failed' })
      expect(check?.remedy).toMatch(/dashboard/)
    } finally {
      proxy.mend()
    }
  })
})
