import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { Evaluated, Repeat, Run } from '#contract'
import { temporaryFolder } from '../contract/house.ts'
import { printed, terminal } from './terminal.ts'

const folder = temporaryFolder()
const place = join(folder.path, 'a place')
mkdirSync(place)
const { run, json, start } = terminal(join(folder.path, 'home'), place)
afterAll(() => folder.remove())

const csv = fileURLToPath(new URL('../../node_modules/vega-datasets/data/birdstrikes.csv', import.meta.url))
const plan = ['--dataset', 'strikes', '--label', 'Effect Amount of damage', '--epochs', '2', '--layers', '16']
const small = [...plan, '--features', 'Speed IAS in knots,Wildlife Size,Phase of flight']

/** The socket of a container engine, see .ci/docker.sh. */
const engine = process.env.EDGEWRIGHT_DOCKER
const { EDGEWRIGHT_DOCKER_TLS: tls, EDGEWRIGHT_DOCKER_CERT: cert } = process.env
const { EDGEWRIGHT_DOCKER_SSH: ssh, EDGEWRIGHT_DOCKER_KEY: key } = process.env
if (!engine) {
  if (process.env.CI)
    throw new Error('EDGEWRIGHT_DOCKER names no container engine; .ci/docker.sh starts one.')
  console.warn('Without EDGEWRIGHT_DOCKER the commands on containers are not tried.')
}

describe('the commands of training and evaluation, as others write them', () => {
  test('training start on this computer, and what a person reads of it', async () => {
    await json('dataset', 'import', csv, '--name', 'strikes')
    const { code, out, err } = await run(
      'training',
      'start',
      ...small,
      '--trainer',
      'tabular',
      '--target',
      'local',
    )
    expect([code, err]).toEqual([0, expect.stringMatching(/% (reading the data|epoch)/)])
    expect(out).toMatch(/^run-1 of strikes succeeded\n/)
    expect(out).toMatch(/^predicts +Effect Amount of damage, one of \d+ classes: /m)
    expect(out).toMatch(/^figures +loss [\d.]+, accuracy [\d.]+, eval loss/m)
    expect(out.split('\n').length).toBeLessThan(12)
  })

  test('training logs RUN, in parts and to the end', async () => {
    const { out } = await run('training', 'logs', 'run-1')
    expect(out).toMatch(/^\d\d:\d\d:\d\d {3}Predicts "Effect Amount of damage"/)
    expect(out).toContain('Epoch 2: loss ')
    const part = await run('training', 'logs', 'run-1', '--limit', '1')
    expect(part.out).toMatch(/Lines 1 to 1 of \d+; more with --after 1/)
    expect(await run('training', 'logs', 'run-1', '--follow')).toMatchObject({ code: 0, out })
  })

  test('training rerun RUN is identical, and training compare says so', async () => {
    const again = await json<Repeat>('training', 'rerun', 'run-1')
    expect(again).toMatchObject({ repeats: 'run-1', verdict: 'identical', first: null })
    await json('training', 'start', ...small, '--learning-rate', '0.01')
    const { code, out } = await run('training', 'compare', 'run-1,run-3')
    expect(code).toBe(0)
    expect(out).toMatch(/^learningRate +0\.001 +0\.01$/m)
    expect(out).toMatch(/^eval_loss +[\d.]+ +[\d.]+$/m)
  })

  test('evaluation run --run R,R2 --slice COL --slice expr --gate FILE', async () => {
    writeFileSync(join(place, 'gate.json'), '[{"metric": "accuracy", "min": 0.999}]')
    const { code, out } = await run(
      ...['evaluation', 'run', '--run', 'run-1,run-3', '--slice', 'Wildlife Size'],
      ...['--slice', '`Speed IAS in knots` > 200 and `Wildlife Size` = "Large"', '--gate', 'gate.json'],
      '--json',
    )
    expect(code).toBe(1)
    const done = JSON.parse(out) as Evaluated
    expect(done.slices?.map(({ column }) => column)).toContain('Wildlife Size')
    expect(done.comparison?.entrants.map(entrant => entrant.run)).toEqual(['run-1', 'run-3'])
    expect(done.verdict).toMatchObject({ run: 'run-3', outcome: 'blocked' })
  })

  test('evaluation gate --run R --against production: exit code 1 when it does not pass', async () => {
    expect((await run('evaluation', 'gate', '--run', 'run-1', '--against', 'production')).code).toBe(0)
    const blocked = await run('evaluation', 'gate', '--run', 'run-1', '--file', 'gate.json')
    expect([blocked.code, blocked.err]).toEqual([1, expect.not.stringContaining('    at ')])
    expect(blocked.out).toContain('run-1 of strikes does not pass the gate')
  })

  test('a script of one’s own, and importing the model of a run', async () => {
    writeFileSync(
      join(place, 'own.mjs'),
      "for (let step = 1; step <= 3; step++) console.log(JSON.stringify({ step, loss: 1 / step }))\nconsole.log('künstlich ✓')\n",
    )
    const own = await json<Run>(
      'training',
      'start',
      ...small,
      '--script',
      'own.mjs',
      '--hparams',
      '{"rate": 1}',
    )
    expect(own).toMatchObject({ origin: 'script', state: 'succeeded' })
    expect((await run('training', 'metrics', own.id)).out).toMatch(/^loss +run-4 +3 +0\.333 +0\.333 +1$/m)
    expect((await run('training', 'logs', own.id)).out).toContain('künstlich ✓')
    await json('optimization', 'freeze', '--model', 'run-1', '--out', 'frozen.pb')
    const { runs } = await json<{ runs: Run[] }>('training', 'import', 'frozen.pb', '--name', 'brought')
    expect(runs).toMatchObject([{ origin: 'imported', model: 'brought' }])
  })

  test.each([
    [1, 'There is no target "nowhere".', ['training', 'start', ...small, '--target', 'nowhere']],
    [1, 'one process, and 3 workers were asked for', ['training', 'start', ...small, '--workers', '3']],
    [1, 'gives no GPUs to choose from', ['training', 'start', ...small, '--gpus', 'all']],
    [1, 'There is no script missing.py.', ['training', 'start', ...small, '--script', 'missing.py']],
    [1, 'There is no trainer "magic".', ['training', 'start', ...small, '--trainer', 'magic']],
    [2, 'It must be JSON.', ['training', 'start', ...small, '--hparams', 'rate=1']],
    [2, '--kind must be one of docker', ['training', 'target', 'add', 'x', '--kind', 'dockr']],
    [
      1,
      'id_none is not there.',
      [
        'training',
        'target',
        'add',
        'x',
        '--kind',
        'docker-ssh',
        '--address',
        'ssh://me@box',
        '--key',
        'id_none',
      ],
    ],
    [2, '--runs', ['training', 'compare', 'run-1']],
    [1, 'There is no target "nowhere".', ['training', 'target', 'check', 'nowhere']],
    [1, 'There is no run run-999.', ['training', 'logs', 'run-999']],
    [1, 'There is no run run-999.', ['evaluation', 'run', '--run', 'run-999']],
    [1, 'run-4', ['evaluation', 'run', '--run', 'run-4']],
    [1, 'Sped', ['evaluation', 'run', '--run', 'run-1', '--slice', 'Sped > 3']],
  ])('ends with %i and says so: %s', async (code, says, words) => {
    const answer = await run(...words)
    expect([answer.code, answer.out]).toEqual([code, ''])
    expect(answer.err).toContain(says)
    expect(answer.err).not.toMatch(/^ {4}at /m)
  })
})

describe.runIf(engine)('on a container engine', () => {
  const docker = (...words: string[]) => String(execFileSync('docker', ['-H', engine as string, ...words]))

  test.each([
    ['box', 'docker', engine, []],
    ['far', 'docker-tls', tls, ['--cert', cert]],
    ['shell', 'docker-ssh', ssh, ['--key', key]],
  ])('training target add %s --kind %s, and check', async (name, kind, address, more) => {
    const add = ['training', 'target', 'add', name, '--kind', kind, '--address', address, ...more] as string[]
    expect(await json(...add)).toMatchObject({ name, kind, address })
    const twice = await run(...add)
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining(`"${name}"`)])
    const { code, out } = await run('training', 'target', 'check', name)
    expect(out).toMatch(/^\S+ \([\w-]+\) can be used\n {2}ok +reachable +\w+:\/\//)
    expect(out.startsWith(`${name} (${kind}) `)).toBe(true)
    expect(out).toMatch(/^ {2}(ok|note) +disk /m)
    expect(code).toBe(0)
  })

  test('training target check says what does not work, and exits with 1', async () => {
    const certificates = join(cert as string, 'stranger')
    const add = ['--kind', 'docker-tls', '--address', tls as string, '--cert', certificates]
    await json('training', 'target', 'add', 'stranger', ...add)
    const { code, out } = await run('training', 'target', 'check', 'stranger')
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^stranger \(docker-tls\) cannot be used\n {2}failed /),
    ])
  })

  test('training target prepare: an image is made, built on another one, and brought as a file', async () => {
    const { images } = await json<{ images: string[] }>('training', 'target', 'prepare', 'box')
    const [image = ''] = images
    const layers = (name: string) =>
      docker('image', 'inspect', '--format', '{{join .RootFS.Layers ","}}', name).trim().split(',')
    writeFileSync(join(place, 'Dockerfile'), `FROM ${image}\nCOPY Dockerfile /base.txt\n`)
    docker('build', '--quiet', '--tag', 'a-base:1', place)
    const onBase = await json<{ images: string[] }>(
      'training',
      'target',
      'prepare',
      'box',
      '--base',
      'a-base:1',
    )
    expect(onBase.images).toEqual([image])
    const base = layers('a-base:1')
    expect(layers(image).slice(0, base.length)).toEqual(base)

    docker('save', '--output', join(place, 'trainer.tar'), image)
    const brought = await run('training', 'target', 'prepare', 'far', '--from', 'trainer.tar')
    expect([brought.code, brought.out]).toEqual([0, expect.stringContaining(`far is prepared: ${image}`)])
    writeFileSync(join(place, 'none.tar'), readFileSync(csv))
    for (const file of ['missing.tar', 'none.tar']) {
      const refused = await run('training', 'target', 'prepare', 'far', '--from', file)
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(file)])
      expect(refused.err).not.toMatch(/^ {4}at /m)
    }
  }, 180_000)

  test.each(['far', 'shell'])(
    'training start --target %s: the same model as on this computer',
    async target => {
      const { out } = await run('training', 'start', ...small, '--target', target)
      const [, id = '', by] = /^(run-\d+) of strikes succeeded\n[\s\S]*^by +(.*)$/m.exec(out) ?? []
      expect(by).toContain(`on ${target} `)
      const figures = async (run: string) =>
        (await json<Run>('training', 'show', run)).epochs.at(-1)?.evalLoss
      expect(await figures(id)).toBeCloseTo((await figures('run-1')) as number, 4)
      // Another engine may have followed it to its end: to come back to it then is no mistake.
      expect(await run('training', 'attach', id)).toMatchObject({ code: 0, out })
    },
  )

  test('Ctrl-C leaves work that goes on there; attach follows it, cancel ends it', async () => {
    const child = start(
      'training',
      'start',
      ...small,
      '--target',
      'box',
      '--epochs',
      '5000',
      '--patience',
      '0',
    )
    let said = ''
    child.stderr?.on('data', data => (said += data))
    await printed(child, /epoch \d+ of 5000/)
    child.kill('SIGINT')
    await new Promise(done => child.once('close', done))
    expect([child.exitCode, said]).toEqual([1, expect.stringContaining('goes on on box')])
    const [, id = ''] = /attach (run-\d+)/.exec(said) ?? []
    const attached = start('training', 'attach', id)
    await printed(attached, /epoch \d+ of 5000/)
    attached.kill('SIGINT')
    await new Promise(done => attached.once('close', done))
    expect(await json<Run>('training', 'cancel', id)).toMatchObject({ id, state: 'cancelled' })
    const containers = execFileSync('docker', [
      '-H',
      engine as string,
      'ps',
      '-q',
      '--filter',
      `name=edgewright-${id}-`,
    ])
    const own = (await json<Run>('training', 'show', id)).epochs.length
    expect([own > 0, String(containers)]).toEqual([true, ''])
  })
})

test('training start --search grid: the best run, then every trial beside it', async () => {
  const space = JSON.stringify({ learningRate: [0.001, 0.01] })
  const started = await run('training', 'start', ...small, '--search', 'grid', '--hparams', space)
  expect([started.code, started.err]).toEqual([0, expect.stringContaining('trial 2 of 2')])
  const best = /^(run-\d+) of strikes succeeded/.exec(started.out)?.[1]
  const { out } = await run('training', 'search', 'search-1')
  expect(out).toMatch(/^search-1 of strikes succeeded: grid over learningRate, judged by the least loss\n/)
  const lines = out.trim().split('\n').slice(-2)
  expect(lines[0]).toContain(best)
  for (const line of lines) expect(line).toMatch(/^ +\d +run-\d+ +[\d.]+ +0\.0?01 +(finished|stopped)/)
  expect((await run('training', 'searches')).out).toMatch(
    /search-1 +strikes +succeeded +2 of 2 +run-\d+, loss /,
  )
  expect((await run('training', 'queue')).out).toMatch(/^local: 0 runs of 2 at once, none waiting$/m)
})
