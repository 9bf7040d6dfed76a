import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { buildAgent } from '../../main/build.ts'
import { decodePicture } from '../../main/engine/dataset/images/pixels.ts'
import type { TransformSpec } from '../../main/engine/encoding/index.ts'
import { agentHere, MODEL } from './agentHere.ts'
import { publishTiny } from './publishHere.ts'
import { classOf, folder, until } from './tinyModel.ts'

/** The tiny model takes three numbers: a picture of one pixel. */
const photo = {
  kind: 'image' as const,
  name: 'photo',
  width: 1,
  height: 1,
  channels: 3 as const,
  scale: '0..1' as const,
  resize: 'stretch' as const,
}
const transform: TransformSpec = {
  format: 'edgewright-transform/1',
  features: [photo],
  leftOut: [],
  width: 3,
}
const row = { photo: [128, 255, 0] }
/** What the tiny model says of half a red and a whole green is its golden row. */
const scores = (() => {
  const sums = [0, 1, 2].map(out => (128 / 255) * 0.1 * (out - 4) + 0.1 * (out - 1) + (out === 1 ? 4 : 0))
  const all = sums.reduce((sum, each) => sum + Math.exp(each), 0)
  return sums.map(each => Math.exp(each) / all)
})()

async function published(): Promise<string> {
  const repository = folder()
  await publishTiny(repository, { version: 1, transform, row, scores })
  return repository
}

const picture = () =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: { r: 200, g: 90, b: 30 } } })
const b64 = (file: Buffer) => ({ b64: file.toString('base64') })

test('a picture comes as a file in every form that TensorFlow Serving has for it', async () => {
  const here = await agentHere(await published())
  await until(here.model, model => model?.state === 'serving')
  const jpeg = await picture().jpeg().toBuffer()
  const png = await picture().png().toBuffer()
  for (const file of [jpeg, png]) {
    const pixels = [...((await decodePicture(file, photo)) as Uint8Array)]
    const wanted = await here.predict({ instances: [{ photo: pixels }], signature_name: 'scores' })
    expect(wanted.status).toBe(200)
    const one = b64(file)
    for (const instances of [[one], [{ photo: one }], [{ photo: [one] }], [one, { photo: one }]]) {
      const { status, body } = await here.predict({ instances, signature_name: 'scores' })
      expect(status).toBe(200)
      expect(body.predictions).toEqual(instances.map(() => (wanted.body.predictions as unknown[])[0]))
    }
    for (const inputs of [{ photo: [one] }, { photo: one }, [one], [{ photo: one }]]) {
      const { status, body } = await here.predict({ inputs, signature_name: 'scores' })
      expect(status).toBe(200)
      expect(body.outputs).toEqual(wanted.body.predictions)
    }
  }
  const cut = b64(jpeg.subarray(0, jpeg.length >> 1))
  const { status, body } = await here.predict({ instances: [{ photo: b64(png) }, { photo: cut }] })
  expect(status).toBe(400)
  expect(body.error).toMatch(
    /^Row 2: the picture "photo" is cut off: its end is missing\. Send the whole file/,
  )
  const gif = b64(await picture().gif().toBuffer())
  const refused = await here.predict({ instances: [gif] })
  expect(refused.status).toBe(400)
  expect(refused.body.error).toContain('is a GIF file, which is not decoded here')
  expect((await here.predict({ instances: [b64(jpeg)] })).status).toBe(200)
})

const built = join(import.meta.dirname, '..', '..', 'dist', 'agent', 'edgewright-agent.mjs')

test('the agent as one file decodes pictures with nothing beside it', { timeout: 180_000 }, async () => {
  await buildAgent()
  const alone = folder()
  const state = join(alone, 'state')
  spawnSync('cp', [built, join(alone, 'agent.mjs')])
  const agent = spawn(
    process.execPath,
    [
      join(alone, 'agent.mjs'),
      'start',
      '--repo',
      await published(),
      '--state',
      state,
      '--port',
      '0',
      '--poll',
      '0.2',
      '--json',
    ],
    { cwd: alone, env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const said = await new Promise<string>(resolve =>
      agent.stdout.once('data', data => resolve(String(data))),
    )
    const { address } = JSON.parse(said) as { address: string }
    const ask = async (file: Buffer) => {
      const answer = await fetch(`${address}/v1/models/${encodeURIComponent(MODEL)}:predict`, {
        method: 'POST',
        body: JSON.stringify({ instances: [{ photo: b64(file) }] }),
      })
      return (await answer.json()) as { predictions?: { class: string }[]; error?: string }
    }
    const jpeg = await picture().jpeg().toBuffer()
    const { predictions } = await until(
      () => ask(jpeg),
      answer => answer.predictions !== undefined,
      60_000,
    )
    expect(predictions?.[0]?.class).toBe(classOf(1))
    expect((await ask(await picture().png().toBuffer())).predictions?.[0]?.class).toBe(classOf(1))
    expect((await ask(jpeg.subarray(0, 200))).error).toContain('is cut off')
  } finally {
    agent.kill()
  }
})
