import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { hashOf } from '../../../../main/engine/kit/index.ts'
import { openSink, PIECE, type WrittenRelease, writeRelease } from '../../../../main/engine/release/index.ts'
import { noise } from '../delta/noise.ts'
import { atEnd, folderHere } from '../repositoryHere.ts'
import { signHere } from './signed.ts'

const crane = process.env.EDGEWRIGHT_CRANE
const oras = process.env.EDGEWRIGHT_ORAS
if (!crane && process.env.CI) throw new Error('EDGEWRIGHT_CRANE is missing: see .ci/crane.sh')
if (!oras && process.env.CI) throw new Error('EDGEWRIGHT_ORAS is missing: see .ci/oras.sh')

const run = promisify(execFile)
const OLD = noise(PIECE + 77, 1)
const NEXT = OLD.map((value, i) => (i % 100 === 0 ? value + 1 : value))

async function layout(): Promise<{ folder: string; two: WrittenRelease }> {
  const folder = folderHere()
  const about = {
    model: 'Bolt',
    variant: 'tflite-int8',
    createdAt: '2026-11-22T00:00:00Z',
    format: 'tflite',
  } as const
  const files = (content: Uint8Array) => [
    { name: 'model.tflite', content },
    { name: 'transform.json', content: Buffer.from('{}') },
  ]
  const one = await writeRelease(openSink(folder), { ...about, version: 1, files: files(OLD) })
  const bases = [{ name: 'model.tflite', content: OLD }]
  const two = await writeRelease(openSink(folder), { ...about, version: 2, files: files(NEXT), bases })
  await signHere(folder, [one, two])
  return { folder, two }
}

const freePort = () =>
  new Promise<number>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

test(crane
  ? 'crane takes the repository into a registry'
  : 'crane (skipped: set EDGEWRIGHT_CRANE, see .ci/crane.sh)', {
  skip: !crane,
  timeout: 60_000,
}, async () => {
  const { folder, two } = await layout()
  const port = await freePort()
  const registry = spawn(crane as string, ['registry', 'serve', '--address', `127.0.0.1:${port}`], {
    stdio: 'ignore',
  })
  atEnd(() => void registry.kill())
  await expect
    .poll(
      () =>
        fetch(`http://127.0.0.1:${port}/v2/`).then(
          answer => answer.status,
          () => 0,
        ),
      { timeout: 10_000 },
    )
    .toBe(200)
  const name = `127.0.0.1:${port}/bolt`
  const ask = async (...words: string[]) =>
    (await run(crane as string, [...words, '--insecure'], { encoding: 'buffer', maxBuffer: 1 << 26 })).stdout
  await ask('push', folder, `${name}:all`, '--index')
  const index = JSON.parse((await ask('manifest', `${name}:all`)).toString())
  expect(index.manifests).toHaveLength(2)
  const manifest = await ask('manifest', `${name}@sha256:${two.hash}`)
  expect(hashOf(manifest)).toBe(two.hash)
  for (const { digest } of two.manifest.layers)
    expect(`sha256:${hashOf(await ask('blob', `${name}@${digest}`))}`).toBe(digest)
  expect(JSON.parse((await ask('config', `${name}@sha256:${two.hash}`)).toString()).descriptor.version).toBe(
    '2',
  )
})

test(oras
  ? 'oras pulls a version out of the repository where it lies, by its hash and by its name'
  : 'oras (skipped: set EDGEWRIGHT_ORAS, see .ci/oras.sh)', { skip: !oras, timeout: 60_000 }, async () => {
  const { folder, two } = await layout()
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations: Record<string, string> }[]
  }
  const entry = index.manifests.find(({ digest }) => digest === `sha256:${two.hash}`)
  for (const name of [`sha256:${two.hash}`, entry?.annotations['org.opencontainers.image.ref.name']]) {
    const out = folderHere()
    await run(oras as string, [folder, name as string, out])
    expect(hashOf(readFileSync(join(out, 'model.tflite')))).toBe(hashOf(NEXT))
  }
})

/** Written by hand after the schema of ModelPack's config (model-spec 0.0.7, `schema/config-schema.json`). */
const text = z.string().optional()
const words = z.array(z.string()).optional()
const ConfigSchema = z.strictObject({
  descriptor: z.strictObject({
    createdAt: z.iso.datetime({ offset: true }).optional(),
    ...{ authors: words, datasetsURL: words, licenses: words },
    ...{ family: text, docURL: text, sourceURL: text, version: text, revision: text, vendor: text },
    ...{ title: text, description: text, name: z.string().min(1).optional() },
  }),
  config: z.strictObject({
    ...{ architecture: text, format: text, paramSize: text, precision: text, quantization: text },
  }),
  modelfs: z.strictObject({ type: z.literal('layers'), diffIds: z.array(z.string()).min(1) }),
})

test('the config is one of ModelPack', async () => {
  const { folder, two } = await layout()
  const config = readFileSync(join(folder, 'blobs/sha256', two.manifest.config.digest.slice(7)), 'utf8')
  expect(ConfigSchema.safeParse(JSON.parse(config)).error).toBeUndefined()
  expect(ConfigSchema.safeParse({ ...JSON.parse(config), more: 1 }).success).toBe(false)
})
