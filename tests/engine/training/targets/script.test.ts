import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEPT_DAYS } from '../../../../main/engine/training/targets/docker/aging.ts'
import { dataVolume } from '../../../../main/engine/training/targets/docker/deliver.ts'
import { openLine } from '../../../../main/engine/training/targets/docker/line.ts'
import { PIECE } from '../../../../main/engine/training/targets/docker/parcels.ts'
import type { SavedTarget } from '../../../../main/engine/training/targets/target.ts'
import { ENGINES, inMemory, nodeImage, openDocker, specOf, unless } from './places.ts'
import { listener, scriptFolder, until } from './work.ts'

const { skip, hint } = unless(ENGINES.every(({ spec }) => spec))
const slow = { timeout: 120_000 }

describe.skipIf(skip)(`a person's own program in a container${hint}`, () => {
  let folder: string
  let target: SavedTarget
  let image: string
  let count = 0
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
    target = openDocker(specOf('docker'))
    image = await nodeImage(target)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const fresh = () => join(folder, `run-${++count}`)

  test('is given what the contract says, read-only data, its limits and no network', slow, async () => {
    const work = scriptFolder(
      fresh(),
      image,
      `
      import fs from 'node:fs'
      import os from 'node:os'
      const env = process.env
      const tries = {
        write: () => fs.appendFileSync(env.TRAIN_DATA, 'x'),
        net: Object.keys(os.networkInterfaces()).join(),
        memory: fs.readFileSync(fs.existsSync('/sys/fs/cgroup/memory.max') ? '/sys/fs/cgroup/memory.max' : '/sys/fs/cgroup/memory/memory.limit_in_bytes', 'utf8').trim(),
        shm: (({ bsize, blocks }) => bsize * blocks)(fs.statfsSync('/dev/shm')),
      }
      try { tries.write() } catch (error) { tries.write = error.code }
      console.log(JSON.stringify({ ...tries, hparams: env.HPARAMS, train: fs.readFileSync(env.TRAIN_DATA, 'utf8'), eval: fs.readFileSync(env.EVAL_DATA, 'utf8'), ending: env.TRAIN_DATA.slice(-4), tf: env.TF_CONFIG ?? null }))
      fs.mkdirSync(env.MODEL_DIR + '/deep/er', { recursive: true })
      fs.writeFileSync(env.MODEL_DIR + '/deep/er/w.bin', Buffer.alloc(300000, 5))
      const until = Date.now() + 2500
      while (Date.now() < until) Math.sqrt(until)
      await new Promise(done => setTimeout(done, 800))
      `,
    )
    const { heard, options, texts } = listener({ wants: { memoryMb: 200, shmMb: 3, cpus: 1 } })
    expect(await target.run(work, options)).toMatchObject({ kind: 'done' })
    expect(JSON.parse(texts()[0] as string)).toEqual({
      write: 'EROFS',
      net: 'lo',
      memory: String(200 * 2 ** 20),
      shm: 3 * 2 ** 20,
      hparams: '{"rate":0.5}',
      train: 'a,b\n1,2\n',
      eval: 'a,b\n3,4\n',
      ending: '.csv',
      tf: null,
    })
    expect(readFileSync(join(work, 'model/deep/er/w.bin')).equals(Buffer.alloc(300000, 5))).toBe(true)
    expect(readFileSync(join(work, 'data/train.csv'), 'utf8')).toBe('a,b\n1,2\n')
    expect(heard.images).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)])
    const most = Math.max(...heard.usages.map(({ cpu }) => cpu))
    expect(most).toBeGreaterThan(0.1)
    expect(most).toBeLessThan(1.5)
    expect(heard.usages[0]).toMatchObject({ memoryLimit: 200 * 2 ** 20, gpus: [] })
    expect(Math.max(...heard.usages.map(({ memoryBytes }) => memoryBytes))).toBeGreaterThan(2 ** 20)
  })

  test(
    'reaches the tracking server without a network, and its event files come while it runs',
    slow,
    async () => {
      const work = scriptFolder(
        fresh(),
        image,
        `
      import fs from 'node:fs'
      const at = process.env.MLFLOW_TRACKING_URI
      const call = async (path, body) => {
        const answer = await fetch(at + '/api/2.0/mlflow/' + path, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' } })
        return await answer.json()
      }
      const { run } = await call('runs/create', { experiment_id: '0', start_time: Date.now() })
      fs.mkdirSync(process.env.MODEL_DIR + '/logs', { recursive: true })
      const events = process.env.MODEL_DIR + '/logs/events.out.tfevents.1.host'
      for (let step = 0; step < 4; step++) {
        await call('runs/log-metric', { run_id: run.info.run_id, key: 'loss', value: 1 / (step + 1), timestamp: Date.now(), step })
        fs.appendFileSync(events, Buffer.alloc(1000, step))
        await new Promise(done => setTimeout(done, 700))
      }
      `,
      )
      const { heard, options } = listener()
      const running = target.run(work, options)
      running.catch(() => {})
      const events = join(work, 'model/logs/events.out.tfevents.1.host')
      await until(() => existsSync(events), 'an event file')
      expect(readFileSync(events).length).toBeLessThan(4000)
      expect(await running).toMatchObject({ kind: 'done' })
      expect(readFileSync(events)).toHaveLength(4000)
      expect(new Set(heard.grown)).toEqual(new Set(['model/logs/events.out.tfevents.1.host']))
      const told = heard.lines.filter(({ from }) => from === 'recorder').map(({ text }) => text)
      expect(told.filter(text => text.includes('loss'))).toHaveLength(4)
    },
  )

  test('is asked to end when it is cancelled, and what it then saves comes back', slow, async () => {
    const work = scriptFolder(
      fresh(),
      image,
      `
      import fs from 'node:fs'
      fs.mkdirSync(process.env.MODEL_DIR, { recursive: true })
      process.on('SIGTERM', () => { fs.writeFileSync(process.env.MODEL_DIR + '/checkpoint', 'saved'); process.exit(0) })
      console.log('up')
      setInterval(() => {}, 1000)
      `,
    )
    const { options, stop, texts } = listener()
    const running = target.run(work, options)
    running.catch(() => {})
    await until(() => texts().length > 0, 'it runs')
    stop.abort()
    await running.catch(() => {})
    expect(readFileSync(join(work, 'model/checkpoint'), 'utf8')).toBe('saved')
  })

  test('several of it hear each other by TF_CONFIG, and one that fails ends all', slow, async () => {
    const source = (fails: boolean) => `
      import net from 'node:net'
      const { cluster, task } = JSON.parse(process.env.TF_CONFIG)
      const [host, port] = cluster.worker[0].split(':')
      if (task.index === 0) {
        let heard = 0
        net.createServer(socket => socket.on('data', said => {
          console.log('heard ' + said)
          if (++heard === cluster.worker.length - 1 && !${fails}) process.exit(0)
        })).listen(port)
      } else {
        ${fails ? 'console.error("worker gives up"); process.exit(4)' : ''}
        const say = () => {
          const socket = net.connect(port, host, () => socket.end('from ' + task.type + ' ' + task.index))
          socket.on('error', () => setTimeout(say, 100))
        }
        say()
      }
      `
    const good = listener({ wants: { workers: 3 } })
    expect(await target.run(scriptFolder(fresh(), image, source(false)), good.options)).toMatchObject({
      kind: 'done',
    })
    expect(good.texts().length + good.heard.lines.filter(({ from }) => from === 'worker-0').length).toBe(2)
    expect(good.heard.lines.map(({ text }) => text).sort()).toEqual(
      expect.arrayContaining(['heard from worker 1', 'heard from worker 2']),
    )
    const bad = listener({ wants: { workers: 2 } })
    await expect(target.run(scriptFolder(fresh(), image, source(true)), bad.options)).rejects.toMatchObject({
      failure: { message: expect.stringMatching(/^Worker 1 of 2 ended with exit code 4.*gives up/s) },
    })
  })

  test('data travel once for their content, and after a cut only what is missing', slow, async () => {
    const data = Buffer.alloc(PIECE * 2 + 12345)
    for (let i = 0; i < data.length; i += 4096) data.writeUInt32LE((i * 2654435761) >>> 0, i)
    data.write(String(Date.now()), 100)
    const hash = createHash('sha256').update(data).digest('hex')
    const source =
      'import c from "node:crypto"; import fs from "node:fs"; console.log(c.createHash("sha256").update(fs.readFileSync(process.env.TRAIN_DATA)).digest("hex"))'
    const { docker } = openLine(specOf('docker'), inMemory())
    const shares: number[] = []
    const run = async (leave: number) => {
      shares.length = 0
      const all = listener()
      all.options.step = (words, share) => {
        if (words === 'sending the data' && share !== null) shares.push(share)
        if ((share ?? 0) >= leave) all.stop.abort()
      }
      const running = target.run(scriptFolder(fresh(), image, source, { data }), all.options)
      const done = await running.catch(error => error)
      return { done, said: all.texts() }
    }
    const cut = await run(0.4)
    expect(cut.done).toMatchObject({ failure: { code: 'cancelled' } })
    const there = await docker.getVolume(dataVolume(hash)).inspect()
    expect(there.Labels).toEqual({ 'edgewright.role': 'data' })

    const second = await run(2)
    expect(second.said).toEqual([hash])
    const third = await run(2)
    expect(third.said).toEqual([hash])
    expect(shares.length).toBeLessThanOrEqual(1)
    // What no run has used for long goes when the next one ends; what it used itself stays.
    await ageOf(docker, image, hash, KEPT_DAYS + 1)
    const fourth = scriptFolder(fresh(), image, 'console.log("done")')
    await target.run(fourth, listener().options)
    await expect(docker.getVolume(dataVolume(hash)).inspect()).rejects.toMatchObject({ statusCode: 404 })
    const own = createHash('sha256').update('a,b\n1,2\n').digest('hex')
    await docker.getVolume(dataVolume(own)).inspect()
    await target.tidy?.()
    await expect(docker.getVolume(dataVolume(own)).inspect()).rejects.toMatchObject({ statusCode: 404 })
  })
})

/** Makes data on an engine look as if no run had used it for so many days. */
async function ageOf(docker: Docker, image: string, hash: string, days: number): Promise<void> {
  const Mounts = [{ Type: 'volume' as const, Source: dataVolume(hash), Target: '/data' }]
  const container = await docker.createContainer({ Image: image, HostConfig: { Mounts } } as never)
  const tar = pack()
  tar.entry({ name: 'used', mtime: new Date(Date.now() - days * 24 * 3600 * 1000) }, '')
  tar.finalize()
  await container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/data' })
  await container.remove()
}
