import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TargetSpec } from '#contract'
import { openLine } from '../../../../main/engine/training/targets/docker/line.ts'
import { loadImage } from '../../../../main/engine/training/targets/docker/trainerImage.ts'
import { inMemory, nodeImage, openDocker } from './places.ts'
import { listener, scriptFolder, until } from './work.ts'

const { EDGEWRIGHT_SWARM, EDGEWRIGHT_SWARM_NODE } = process.env
const there = EDGEWRIGHT_SWARM && EDGEWRIGHT_SWARM_NODE
const hint = there ? '' : ' (skipped: needs the engines that ".ci/docker.sh swarm COMMAND" starts)'
const specOf = (address: string | undefined): TargetSpec => ({
  ...{ name: 'swarm', kind: 'docker', address: address ?? null },
  ...{ key: null, cert: null, atOnce: 1, paused: false },
})

/** Says where it is and what it was given, then waits for the others or does as HPARAMS says. */
const PROGRAM = `
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
const { cluster, task } = JSON.parse(process.env.TF_CONFIG)
const { fails, steps = 3 } = JSON.parse(process.env.HPARAMS)
process.on('SIGTERM', () => { console.log('worker ' + task.index + ' was asked to end'); process.exit(9) })
console.log('worker ' + task.index + ' of ' + cluster.worker.length + ' reads ' + JSON.stringify(fs.readFileSync(process.env.TRAIN_DATA, 'utf8')))
const heard = new Set()
http.createServer((asked, answer) => {
  heard.add(asked.url)
  answer.end('heard')
}).listen(Number(cluster.worker[task.index].split(':')[1]))
for (const [i, place] of cluster.worker.entries()) {
  if (i === task.index) continue
  for (let tries = 0; ; tries++)
    try { await (await fetch('http://' + place + '/from-' + task.index)).text(); break }
    catch (error) { if (tries > 100) throw error; await new Promise(done => setTimeout(done, 200)) }
}
while (heard.size < cluster.worker.length - 1) await new Promise(done => setTimeout(done, 50))
for (let i = 0; i < steps; i++) {
  console.log('worker ' + task.index + ' step ' + i)
  await new Promise(done => setTimeout(done, 100))
}
if (fails === task.index) { console.error('gives up'); process.exit(4) }
if (fails !== undefined) await new Promise(done => setTimeout(done, 60_000))
fs.mkdirSync(process.env.MODEL_DIR, { recursive: true })
fs.writeFileSync(process.env.MODEL_DIR + '/by-' + task.index, 'trained')
await new Promise(done => setTimeout(done, 300))
process.exit(0)
`

describe.skipIf(!there && !process.env.CI)(`workers on the nodes of a swarm${hint}`, () => {
  const target = openDocker(specOf(EDGEWRIGHT_SWARM))
  const slow = { timeout: 120_000 }
  let folder: string
  let image: string
  let manager: Docker
  let node: Docker
  let count = 0
  const work = (hparams: unknown = {}) =>
    scriptFolder(join(folder, `run-${++count}`), image, PROGRAM, {
      env: {
        ...{ TRAIN_DATA: 'data/train.csv', EVAL_DATA: 'data/eval.csv', MODEL_DIR: 'model' },
        HPARAMS: JSON.stringify(hparams),
      },
    })
  const leftOn = async (docker: Docker) => {
    const containers = await docker.listContainers({ all: true, filters: { label: ['edgewright.run'] } })
    return containers.map(({ Names }) => Names[0])
  }

  beforeAll(async () => {
    if (!there) throw new Error('EDGEWRIGHT_SWARM and EDGEWRIGHT_SWARM_NODE name no swarm.')
    folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
    manager = openLine(specOf(EDGEWRIGHT_SWARM), inMemory()).docker
    node = openLine(specOf(EDGEWRIGHT_SWARM_NODE), inMemory()).docker
    image = await nodeImage(target)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('stay with the manager while no node has the image, which the log says', slow, async () => {
    const checks = await target.check(new AbortController().signal)
    expect(checks.find(({ name }) => name === 'workers')?.says).toMatch(
      /^It manages a swarm: .* shared out with \S+\.$/,
    )
    const { heard, options } = listener({ wants: { workers: 2 } })
    expect(await target.run(work(), options)).toMatchObject({ kind: 'done' })
    const said = heard.lines.map(({ text }) => text)
    expect(said).toContainEqual(
      expect.stringMatching(/takes no worker, since it lacks our image.*docker load/),
    )
    expect(said).toContain('worker 1 step 2')
    expect(await manager.listNetworks({ filters: { label: ['edgewright.run'] } })).toEqual([])
    await loadImage(node, (await manager.getImage(image).get()) as unknown as Readable)
  })

  test.concurrent('are shared out, with data, logs, results and nothing left behind', slow, async () => {
    const seen = new Set<string>()
    const { heard, options } = listener({ wants: { workers: 3 } })
    const watching = setInterval(async () => {
      for (const { Names, Labels } of await node.listContainers())
        if (Labels['edgewright.role'] === 'worker')
          seen.add(String(Names[0]).replace(/^\/edgewright-.*-(worker-\d).*/, '$1'))
    }, 200)
    const run = work({ steps: 15 })
    expect(await target.run(run, options)).toMatchObject({ kind: 'done' })
    clearInterval(watching)
    expect([...seen]).toEqual(['worker-1'])
    const said = heard.lines.map(({ text }) => text)
    for (const i of [0, 1, 2]) {
      expect(said).toContain(`worker ${i} of 3 reads "a,b\\n1,2\\n"`)
      for (let step = 0; step < 15; step++)
        expect(said.filter(text => text === `worker ${i} step ${step}`)).toHaveLength(1)
    }
    expect(heard.lines.find(({ text }) => text === 'worker 1 step 14')?.from).toBe('worker-1')
    expect(existsSync(join(run, 'model', 'by-0'))).toBe(true)
  })

  test.concurrent('one that fails elsewhere ends the others, and says why', slow, async () => {
    const { options } = listener({ wants: { workers: 2 } })
    await expect(target.run(work({ fails: 1 }), options)).rejects.toMatchObject({
      failure: { message: expect.stringMatching(/^Worker 1 of 2 ended with exit code 4.*gives up/s) },
    })
  })

  test.concurrent('one that needs more memory than it was given is told so', slow, async () => {
    const hungry = PROGRAM.replace(
      'if (fails !== undefined)',
      'if (task.index === 1) { const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1)) }\nif (fails !== undefined)',
    )
    const place = work({ fails: 7 })
    const { options } = listener({ wants: { workers: 2, memoryMb: 150 } })
    writeFileSync(join(place, 'program', 'run.mjs'), hungry)
    await expect(target.run(place, options)).rejects.toMatchObject({
      failure: { message: expect.stringMatching(/^Worker 1 of 2 needed more memory than the 150 MB/) },
    })
  })

  test.concurrent('are left and followed again with each line once, then cancelled', slow, async () => {
    const run = work({ steps: 1000 })
    const first = listener({ leaving: () => true, wants: { workers: 2 } })
    const running = target.run(run, first.options)
    running.catch(() => {})
    await until(
      () => first.heard.lines.filter(({ from }) => from === 'worker-1').length > 10,
      'lines of worker 1',
    )
    first.stop.abort()
    await expect(running).rejects.toMatchObject({ failure: { code: 'interrupted' } })
    const { placement, cursor } = first.heard
    const second = listener({ wants: { workers: 2 }, again: { placement: placement ?? {}, cursor } })
    const followed = target.run(run, second.options)
    followed.catch(() => {})
    await until(() => second.heard.lines.filter(({ from }) => from === 'worker-1').length > 20, 'more lines')
    second.stop.abort()
    await expect(followed).rejects.toMatchObject({ failure: { code: 'cancelled' } })
    const steps = [...first.heard.lines, ...second.heard.lines].flatMap(({ text }) => {
      const step = /^worker 1 step (\d+)$/.exec(text)?.[1]
      return step === undefined ? [] : [Number(step)]
    })
    expect(steps).toEqual(steps.map((_, i) => i))
  })

  test('leave nothing behind but the data', slow, async () => {
    expect(await manager.listServices()).toEqual([])
    expect(await manager.listNetworks({ filters: { label: ['edgewright.run'] } })).toEqual([])
    // A node removes what a service was a moment after it is told to.
    for (let tries = 0; tries < 50 && (await leftOn(node)).length > 0; tries++)
      await new Promise(done => setTimeout(done, 200))
    expect([await leftOn(manager), await leftOn(node)]).toEqual([[], []])
    const { Volumes } = await node.listVolumes({ filters: { label: ['edgewright.role=data'] } })
    expect(Volumes.length).toBeGreaterThan(0)
  })
})
