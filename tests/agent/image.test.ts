import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Docker from 'dockerode'
import { pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { buildAgent } from '../../main/build.ts'
import { nodeImage, openDocker, specOf, unless } from '../engine/training/targets/places.ts'
import { MODEL } from './agentHere.ts'
import { openPublisher } from './publishHere.ts'
import { classOf, instance } from './tinyModel.ts'

const { skip, hint } = unless(specOf('docker'))
const TAG = 'edgewright/agent:test'
const NAME = `edgewright-agent-${process.pid}`
const context = join(import.meta.dirname, '..', '..', 'dist', 'agent')

/** The image of the agent, built on our own image of Node: no registry is reached. */
async function build(docker: Docker): Promise<void> {
  await buildAgent()
  const files = pack()
  for (const entry of readdirSync(context, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(context.length + 1)
    if (entry.isDirectory()) files.entry({ name, type: 'directory' })
    else if (/^(Dockerfile|edgewright-agent\.mjs|state\/.*)$/.test(name))
      files.entry({ name }, readFileSync(path))
  }
  files.finalize()
  const BASE = await nodeImage(openDocker(specOf('docker')))
  const output = await docker.buildImage(files as unknown as NodeJS.ReadableStream, {
    t: TAG,
    buildargs: { BASE },
  })
  await new Promise<void>((done, failed) =>
    docker.modem.followProgress(output, (error, said) => {
      const trouble = error ?? said?.find((each: { error?: string }) => each.error)
      if (trouble) failed(new Error(String(trouble.error ?? trouble)))
      else done()
    }),
  )
}

describe.skipIf(skip)(`the agent as an image${hint}`, () => {
  test('runs as nobody in particular, keeps its state in a volume, and is healthy while it waits', {
    timeout: 180_000,
  }, async () => {
    const docker = new Docker({ socketPath: specOf('docker').address?.replace(/^unix:\/\//, '') as string })
    await build(docker)
    const publisher = await openPublisher()
    // Others than the one who made it read it in the container.
    const open = () => execFileSync('chmod', ['-R', 'a+rX', publisher.where])
    open()
    const volume = await docker.createVolume({ Name: NAME })
    const start = async () => {
      const container = await docker.createContainer({
        Image: TAG,
        Cmd: ['--repo', '/repo', '--name', 'boxed', '--poll', '0.2'],
        Healthcheck: { Interval: 1e9, StartPeriod: 30e9, Timeout: 5e9 } as never,
        HostConfig: {
          Binds: [`${publisher.where}:/repo:ro`, `${NAME}:/state`],
          ReadonlyRootfs: true,
          Tmpfs: { '/tmp': 'rw,mode=1777' },
          CapDrop: ['ALL'],
        },
      })
      await container.start()
      return container
    }
    /** What a program in the container says. */
    const inside = async (container: Docker.Container, script: string): Promise<string> => {
      const run = await container.exec({
        Cmd: ['node', '-e', script],
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
      })
      const stream = await run.start({ Tty: true })
      let said = ''
      for await (const part of stream) said += part
      return said.trim()
    }
    const ask = `fetch('http://127.0.0.1:8501/v1/models/${encodeURIComponent(MODEL)}:predict', { method: 'POST', body: '${JSON.stringify({ instances: [instance] })}' }).then(a => a.json()).then(a => console.log(a.predictions[0].class))`
    const isReady = `fetch('http://127.0.0.1:8501/readyz').then(a => console.log(String(a.status)))`
    const ready = async (container: Docker.Container) => {
      for (let turn = 0; turn < 60; turn++) if ((await inside(container, isReady)) === '200') return
      throw new Error(`never ready: ${(await container.logs({ stdout: true, stderr: true })).toString()}`)
    }
    const healthy = async (container: Docker.Container) => {
      for (let turn = 0; turn < 120; turn++) {
        const { State } = await container.inspect()
        if (State.Health?.Status === 'healthy') return
        if (!State.Running) break
        await wait(500)
      }
      throw new Error(`never healthy: ${(await container.logs({ stdout: true, stderr: true })).toString()}`)
    }
    const first = await start()
    try {
      await healthy(first)
      expect(await inside(first, isReady)).toBe('503')
      await publisher.publish({ version: 1 })
      open()
      await ready(first)
      expect((await first.inspect()).State.Health?.Status).toBe('healthy')
      expect(await inside(first, ask)).toBe(classOf(1))
      expect(await inside(first, 'console.log(String(process.getuid()))')).toBe('10001')
      const id = await inside(first, `console.log(require('fs').readdirSync('/state/id').sort().join())`)
      expect(id).toBe('device.age,device.ed25519')
      await first.stop()
      expect((await first.inspect()).State.ExitCode).toBe(0)
      await first.remove({ force: true })
      // Another container with the same volume is the same device.
      const second = await start()
      try {
        await ready(second)
        expect(await inside(second, ask)).toBe(classOf(1))
      } finally {
        await second.remove({ force: true })
      }
    } finally {
      await first.remove({ force: true }).catch(() => {})
      await volume.remove().catch(() => {})
      await docker.getImage(TAG).remove({ force: true })
    }
  })
})
