import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetVersion, Evaluation, Model, Release, Run, Statistics, Variant } from '#contract'
import { temporaryFolder } from '../contract/house.ts'
import { bearingsCsv } from './table.ts'
import { printed, terminal } from './terminal.ts'

const folder = temporaryFolder()
const { run, json, start } = terminal(join(folder.path, 'home'), folder.path)
const workspace = join(folder.path, 'workspace')
afterAll(() => folder.remove())

describe('the journey by commands, as the README writes them', () => {
  beforeAll(() => writeFileSync(join(folder.path, 'bearings.csv'), bearingsCsv(3000)))

  test('dataset import, list, show, rows', async () => {
    const version = await json<DatasetVersion>(
      'dataset',
      'import',
      'bearings.csv',
      '--name',
      'bearings',
      '--workspace',
      workspace,
    )
    expect(version).toMatchObject({ dataset: 'bearings', number: 1, rows: 3000 })
    expect(version.columns.map(column => column.name)).toContain('Mounting, side')
    // From here on the workspace is the one opened last.
    expect((await json<{ datasets: unknown[] }>('dataset', 'list')).datasets).toHaveLength(1)
    expect(await json('dataset', 'show', 'bearings')).toMatchObject({ version: { rows: 3000 } })
    const rows = await run('dataset', 'rows', 'bearings', '--offset', '2990', '--limit', '20')
    expect(rows.code).toBe(0)
    expect(rows.out).toContain('B2999')
    expect(rows.out).toContain('10 of 3,000 rows')
  })

  test('statistics compute, of a dataset and of a file', async () => {
    const ofDataset = await json<Statistics>('statistics', 'compute', '--data', 'bearings')
    const load = ofDataset.features.find(feature => feature.name === 'load')
    expect(load?.all.missing).toBeGreaterThan(40)
    const ofFile = await json<Statistics>('statistics', 'compute', '--data', 'bearings.csv')
    expect(ofFile.features.find(feature => feature.name === 'load')?.all).toEqual(load?.all)
  })

  test('training start, list, show', async () => {
    const trained = await json<Run>(
      ...['training', 'start', '--dataset', 'bearings', '--label', 'worn', '--without', 'serial'],
      ...['--epochs', '12', '--seed', '7', '--name', 'bearing wear', '--layers', '16,8'],
    )
    expect(trained).toMatchObject({ id: 'run-1', state: 'succeeded', task: 'binary', model: 'bearing wear' })
    expect((await json<{ runs: Run[] }>('training', 'list')).runs).toHaveLength(1)
    expect((await json<Run>('training', 'show', 'run-1')).epochs.length).toBeGreaterThan(0)
  })

  test('evaluation run, and the gate', async () => {
    const evaluation = await json<Evaluation>('evaluation', 'run', '--run', 'run-1', '--split', 'test')
    expect(evaluation.metrics.accuracy).toBeGreaterThan(0.85)
    await json('evaluation', 'set-gate', 'bearing wear', '--rules', '[{"metric":"accuracy","min":0.999}]')
    const blocked = await run('registry', 'alias', 'bearing wear', 'production')
    expect(blocked.code).toBe(1)
    expect(blocked.err).toMatch(/accuracy is 0\.\d+ where at least 0\.999 is wanted/)
    await json('evaluation', 'set-gate', 'bearing wear', '--rules', '[{"metric":"accuracy","min":0.8}]')
  })

  test('optimization freeze and convert', async () => {
    const frozen = await json<Variant>('optimization', 'freeze', '--model', 'run-1', '--out', 'wear.pb')
    expect(frozen.compared?.maxDifference).toBeLessThan(1e-5)
    expect(readFileSync(join(folder.path, 'wear.pb'))).toHaveLength(frozen.bytes)
    const small = await json<Variant>(
      'optimization',
      'convert',
      '--model',
      'bearing wear',
      '--to',
      'graphdef',
      '--quantize',
      'dynamic',
      '--min-elements',
      '64',
    )
    expect(small.bytes).toBeLessThan(frozen.bytes)
    expect(
      Math.abs((small.compared?.after.accuracy ?? 0) - (frozen.compared?.after.accuracy ?? 1)),
    ).toBeLessThan(0.05)
  })

  test('registry list, show, alias', async () => {
    const { models } = await json<{ models: Model[] }>('registry', 'list')
    expect(models.map(model => model.name)).toEqual(['bearing wear'])
    const model = await json<Model>('registry', 'alias', 'bearing wear', 'production', '--version', '1')
    expect(model.aliases).toEqual({ candidate: 1, production: 1 })
  })

  test('publishing publish, then an agent that answers over REST', async () => {
    const release = await json<Release>(
      'publishing',
      'publish',
      '--model',
      'bearing wear',
      '--version',
      '1',
      '--to',
      'repository',
    )
    expect(release).toMatchObject({ model: 'bearing wear', version: 1, sequence: 1 })
    const agent = start('agent', 'start', '--repo', 'repository', '--state', 'device', '--port', '0')
    try {
      const [address] = await printed(agent, /http:\/\/[\d.]+:\d+/)
      const url = `${address}/v1/models/bearing%20wear`
      const state = async () => {
        const response = await fetch(url)
        if (!response.ok) return 'unknown'
        const { model_version_status } = (await response.json()) as {
          model_version_status: { version: string; state: string }[]
        }
        return `${model_version_status[0]?.version} ${model_version_status[0]?.state}`
      }
      await expect.poll(state, { timeout: 20_000 }).toBe('1 AVAILABLE')
      const ask = async (instance: unknown) => {
        const response = await fetch(`${url}:predict`, {
          method: 'POST',
          body: JSON.stringify({ instances: [instance] }),
        })
        return {
          status: response.status,
          body: (await response.json()) as { predictions?: unknown[]; error?: string },
        }
      }
      const hot = { temperature: 79, load: 9, 'Mounting, side': 'top', measured: '2026-05-01' }
      const cold = { ...hot, temperature: 21, load: 1, 'Mounting, side': 'left' }
      const answers = [await ask(hot), await ask(cold)]
      expect(answers.map(answer => answer.status)).toEqual([200, 200])
      expect(JSON.stringify(answers[0]?.body.predictions)).toContain('yes')
      expect(answers[0]?.body).not.toEqual(answers[1]?.body)
      const wrong = await ask({ heat: 1 })
      expect(wrong.status).toBe(400)
      expect(wrong.body.error).toContain('heat')
    } finally {
      agent.kill('SIGTERM')
    }
  })

  test('two commands begun together on a new workspace are both done, and a job is run again to its end', async () => {
    const together = join(folder.path, 'together')
    const one = (name: string) =>
      run('dataset', 'import', 'bearings.csv', '--name', name, '--workspace', together, '--json')
    const both = await Promise.all([one('left'), one('right')])
    expect(both.map(answer => [answer.code, answer.err])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(await json('jobs', 'again', 'job-1', '--workspace', together)).toMatchObject({ rows: 3000 })
    const { datasets } = await json<{ datasets: { name: string }[] }>(
      'dataset',
      'list',
      '--workspace',
      together,
    )
    expect(datasets.map(({ name }) => name).sort()).toEqual(['left', 'right'])
  })

  test('an answer that is cut short, as by head, is no trouble', async () => {
    const child = start('dataset', 'rows', 'bearings', '--limit', '1000', '--workspace', workspace)
    let errors = ''
    child.stderr?.on('data', data => {
      errors += data
    })
    child.stdout?.destroy()
    expect(await new Promise(done => child.once('close', done))).toBe(0)
    expect(errors).toBe('')
  })

  test('jobs list and logs; what made what', async () => {
    const { jobs } = await json<{ jobs: { id: string; status: { state: string } }[] }>('jobs', 'list')
    expect(jobs.every(job => job.status.state === 'succeeded')).toBe(true)
    const logs = await run('jobs', 'logs', jobs.find(job => job.id)?.id as string)
    expect(logs.code).toBe(0)
    const trained = await json<Run>('training', 'show', 'run-1')
    const made = await json<{ parents: { kind: string }[]; job: { verb: string } }>(
      'lineage',
      'show',
      trained.artifact as string,
    )
    expect(made.job.verb).toBe('start')
    expect(made.parents.map(parent => parent.kind)).toContain('dataset-version')
  })

  test('publishing host stays until Ctrl-C, and a token in an address is not shown', async () => {
    const host = start(
      'publishing',
      'host',
      '--directory',
      'repository',
      '--json',
      '--workspace',
      join(folder.path, 'host'),
    )
    const ended = new Promise<number | null>(done => host.once('exit', done))
    try {
      const [, address, token] = await printed(host, /"address": "http:\/\/([^"]+)",\s+"token": "([^"]+)"/)
      const to = (secret: string) => [
        'publishing',
        'publish',
        '--model',
        'bearing wear',
        '--workspace',
        workspace,
        '--to',
        `http://:${secret}@${address}`,
      ]
      const wrong = await run(...to('wrong'))
      expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/does not let this computer write/)])
      expect(await json(...to(token as string))).toMatchObject({ model: 'bearing wear', version: 1 })
      const listed = await run('jobs', 'list', '--json', '--workspace', workspace)
      expect(listed.out).not.toContain(token)
    } finally {
      host.kill('SIGINT')
    }
    expect(await ended).toBe(0)
  })
})

describe('a command that cannot be done', () => {
  const failsWith = async (args: string[], words: RegExp, code = 1) => {
    const answer = await run(...args)
    expect(answer.err).toMatch(words)
    expect(answer.code).toBe(code)
    expect(answer.out).toBe('')
    // One sentence and a remedy, no stack.
    expect(answer.err).not.toMatch(/\n\s+at /)
    expect(
      answer.err
        .trim()
        .split('\n')
        .filter(line => !/^\s*\d+% |^ {4}/.test(line)).length,
    ).toBeLessThanOrEqual(3)
  }

  test('not understood: exit code 2 and where to look', async () => {
    await failsWith(['dataset', 'import'], /--file is missing/, 2)
    await failsWith(['dataset', 'frobnicate'], /unknown command/, 2)
    await failsWith(['training', 'start', '--epochs', 'many'], /must be a number/, 2)
    await failsWith(
      ['training', 'start', '--dataset', 'x', '--label', 'y', '--name', 'z', '--epochs', '0'],
      /epochs/,
      2,
    )
    await failsWith(['dataset', 'list', '--nonsense'], /unknown option/, 2)
    await failsWith(['agent', 'start', '--state', 'device'], /--repo is missing/, 2)
  })

  test('what is wrong with a flag is said in plain words, by the name of the flag', async () => {
    const start = ['training', 'start', '--dataset', 'x', '--label', 'y', '--name', 'z']
    await failsWith([...start, '--learning-rate', '1e9'], /^--learning-rate must be at most 10\.$/m, 2)
    await failsWith([...start, '--epochs', '1.5'], /^--epochs must be a whole number\.$/m, 2)
    await failsWith(
      [...start, '--backend', 'gpu'],
      /^--backend must be one of auto, tensorflow, wasm, cpu\.$/m,
      2,
    )
    await failsWith(['dataset', 'import', 'a.csv', '--name', ''], /^--name must not be empty\.$/m, 2)
    await failsWith(['evaluation', 'run', 'bearings'], /^--run must be the id of a run/m, 2)
    await failsWith(['validation', 'infer', 'a.csv', '--out', ''], /^--out is empty\.$/m, 2)
    await failsWith(
      ['dataset', 'save-slice', '--dataset', 'x', '--name', 'y', '--where', '[{}]'],
      /^--where: item 1, .*\n(--.*\n)*See: edgewright dataset save-slice --help$/m,
      2,
    )
  })

  test('--help says every verb, and is no failure', async () => {
    const help = await run('--help')
    expect(help.code).toBe(0)
    for (const word of ['dataset', 'publishing', 'serve', 'agent', 'demo', 'jobs'])
      expect(help.out).toContain(word)
    expect((await run('training', 'start', '--help')).out).toContain('--epochs')
  })

  test('bad files: one clear sentence each, and nothing is kept', async () => {
    const file = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder.path, name), content)
      return name
    }
    const before = await json<{ datasets: unknown[] }>('dataset', 'list')
    await failsWith(['dataset', 'import', 'missing.csv'], /missing\.csv/)
    await failsWith(['dataset', 'import', file('empty.csv', '')], /empty/)
    await failsWith(['dataset', 'import', file('header.csv', 'a,b,c\n')], /rows/)
    await failsWith(['dataset', 'import', file('ragged.csv', 'a,b\n1,2\n3,4,5,6\n7,8\n')], /3/)
    await failsWith(['dataset', 'import', file('open.csv', 'a,b\n1,"2\n3,4\n')], /line 2 .* is never closed/)
    await failsWith(['dataset', 'import', file('zero.parquet', '')], /empty/)
    await failsWith(['dataset', 'import', file('renamed.parquet', 'a,b\n1,2\n')], /CSV text and not Parquet/)
    // A folder is read as one table where its files are of one format; this one holds all kinds.
    await failsWith(['dataset', 'import', '.'], /"[\w.-]+" is .+ and "[\w.-]+" is .+; files .* one format/)
    await failsWith(
      [
        'dataset',
        'import',
        file('noise.csv', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))),
      ],
      /\w/,
    )
    expect(await json('dataset', 'list')).toEqual(before)
  })

  test('what is not there is named', async () => {
    await failsWith(['dataset', 'show', 'nothing'], /nothing/)
    await failsWith(['evaluation', 'run', '--run', 'run-99'], /run-99/)
    await failsWith(['publishing', 'publish', '--model', 'nobody'], /nobody/)
    await failsWith(['jobs', 'logs', 'job-999'], /job-999/)
    await failsWith(
      ['training', 'start', '--dataset', 'bearings', '--label', 'nowhere', '--name', 'x'],
      /nowhere/,
    )
  })

  test('a folder of other things is no workspace', async () => {
    const other = join(folder.path, 'repository')
    const before = readdirSync(other)
    await failsWith(['dataset', 'list', '--workspace', other], /not an Edgewright workspace/)
    expect(readdirSync(other)).toEqual(before)
  })

  test('a port that is taken', async () => {
    const server = createServer()
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const port = String((server.address() as AddressInfo).port)
    await failsWith(['agent', 'start', '--repo', 'repository', '--state', 'device', '--port', port], /port/i)
    await failsWith(['serve', '--port', port, '--workspace', join(folder.path, 'other')], /port/i)
    server.close()
  })

  test('--json says a failure as JSON', async () => {
    const answer = await run('dataset', 'show', 'nothing', '--json')
    expect(JSON.parse(answer.err)).toMatchObject({ failure: { code: 'not-found' } })
  })

  test('Ctrl-C cancels the job, keeps what it says, and nothing is left running', async () => {
    const child = start(
      'training',
      'start',
      '--dataset',
      'bearings',
      '--label',
      'worn',
      '--name',
      'long',
      '--epochs',
      '100000',
      '--patience',
      '0',
    )
    await printed(child, /epoch [2-9]/)
    const ended = new Promise<number | null>(done => child.once('exit', done))
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    const { runs } = await json<{ runs: Run[] }>('training', 'list', '--model', 'long')
    expect(runs[0]?.state).toBe('cancelled')
    expect(existsSync(workspace)).toBe(true)
  })
})

describe('what commands on data say to a person', () => {
  const home = join(folder.path, 'told')
  const told = terminal(home, folder.path)
  const say = async (...args: string[]) => {
    const { code, out, err } = await told.run(...args)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
    return { code, err, lines: out.trimEnd().split('\n') }
  }
  const rows = [
    ...['20,1.5,cook,true,2026-01-01', '30,2.5,cook,false,2026-01-02', '40,3.5,nurse,true,2026-01-03'],
    ...[',4.5,cook,true,2026-01-05', '60,5.5,cook,true,2026-01-09'],
  ]
  beforeAll(() => {
    writeFileSync(join(folder.path, 'people.csv'), `${['age,pay,job,worn,day', ...rows].join('\n')}\n`)
    const odd = rows.map(row => row.replace('nurse', 'astronaut'))
    writeFileSync(join(folder.path, 'odd.csv'), `${['age,pay,job,worn,day', ...odd].join('\n')}\n`)
  })

  test('import: what came of it, and into a pipe nothing more', async () => {
    const flags = ['--name', 'people', '--train', '1', '--eval', '0', '--test', '0']
    const { code, err, lines } = await say(
      ...['dataset', 'import', 'people.csv', ...flags, '--workspace', join(folder.path, 'told-workspace')],
    )
    expect(code).toBe(0)
    expect(lines[0]).toBe('people v1: 5 rows, 5 columns')
    expect(lines.slice(-5)).toEqual([
      'age     integer',
      'pay     float',
      'job     text',
      'worn    boolean',
      'day     date',
    ])
    expect(err).not.toContain('Next')
  })

  test('statistics: where numbers lie, and what is most of the others', async () => {
    const { lines } = await say('statistics', 'compute', 'people')
    expect(lines[0]).toBe('people v1: 5 rows')
    expect(lines.slice(lines.indexOf('') + 1)).toEqual([
      'number  type     missing  unique        mean  deviation         min      median         max',
      '──────  ───────  ───────  ──────  ──────────  ─────────  ──────────  ──────────  ──────────',
      'age     integer        1       4        37.5    14.7902          20          35          60',
      'pay     float          0       5         3.5    1.41421         1.5         3.5         5.5',
      'day     date           0       5  2026-01-04     2.83 d  2026-01-01  2026-01-03  2026-01-09',
      '',
      'category  type     missing  unique  mean length  most frequent',
      '────────  ───────  ───────  ──────  ───────────  ───────────────────',
      'job       text           0       2          4.2  cook 80%, nurse 20%',
      'worn      boolean        0       2               true 80%, false 20%',
    ])
  })

  test('statistics --tfdv: different numbers are not counted there, so nothing is said of them', async () => {
    const { lines } = await say('statistics', 'compute', 'people.csv', '--tfdv')
    expect(lines).toContain('number  type     missing  mean  deviation  min  median  max')
    expect(lines.join('\n')).not.toContain('none')
  })

  test('compare: both sides of each feature, and how far they lie apart', async () => {
    const { lines } = await say('statistics', 'compare', 'people.csv', 'odd.csv')
    expect(lines[0]).toBe('people.csv, 5 rows → odd.csv, 5 rows')
    expect(lines[2]).toMatch(/^feature {2}type +drift {2}missing {2}mean, or most frequent$/)
    expect(lines.find(line => line.startsWith('age'))).toMatch(/ 0 +1 → 1 {2}37\.5 → 37\.5$/)
    expect(lines.find(line => line.startsWith('job'))).toMatch(/ 0\.\d+ +0 → 0 {2}cook 80% → cook 80%$/)
  })

  test('check: the feature, how grave, the sentence', async () => {
    const schema = await say('validation', 'infer', 'people')
    expect(schema.lines).toContain('job      text     yes                    100%  cook, nurse')
    const { code, lines } = await say('validation', 'check', 'odd.csv', '--schema', 'people')
    expect(code).toBe(0)
    expect(lines[0]).toMatch(/^Check of odd\.csv: take a look, \d+ warnings?$/)
    const heads = lines.findIndex(line => line.startsWith('feature'))
    expect(lines[heads]).toMatch(/^feature {2}severity {2}finding +kind$/)
    expect(lines[heads + 2]).toMatch(/^job {6}warning {3}1 value in 1 of 5 rows .* {2}out-of-domain$/)
    expect(lines.join(' ')).toContain('astronaut')
  })

  test('check: errors fail it and stand first', async () => {
    writeFileSync(
      join(folder.path, 'bad.csv'),
      `age,pay,job,worn\n${rows.map(row => row.split(',').slice(0, 4).join(',').replace('cook', 'diver')).join('\n')}\n`,
    )
    const { code, lines } = await say('validation', 'check', 'bad.csv', '--schema', 'people')
    expect(code).toBe(1)
    expect(lines[0]).toMatch(/^Check of bad\.csv: blocked, \d+ errors?/)
    const table = lines.slice(lines.findIndex(line => line.startsWith('feature')) + 2)
    expect(table[0]).toMatch(/^day {6}error {5}.* {2}missing-column$/)
    expect((await say('dataset', 'list')).lines[2]).toMatch(/^people +1 +5 .* {2}age, pay, job, worn, day$/)
  })
})
