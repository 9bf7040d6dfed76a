import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'

const door = join(import.meta.dirname, '../../../main/engine/tensor/index.ts')
const wasmFolder = dirname(createRequire(door).resolve('@tensorflow/tfjs-backend-wasm'))
const wasmFiles = ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm']

const folder = mkdtempSync(join(tmpdir(), 'open-tensor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = (options: object) => `
  import { openTensor } from ${JSON.stringify(door)}
  const listeners = () => ['uncaughtException', 'unhandledRejection'].map(event => process.listenerCount(event)).join()
  const before = listeners()
  try {
    const { tf, backend, detail } = await openTensor(${JSON.stringify(options)})
    const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]
    console.log(JSON.stringify({ backend, detail, product, listeners: listeners() === before }))
  } catch (error) {
    console.log(JSON.stringify({ failure: error.failure }))
  }
`

/** Runs a file in a process of its own; whatever it prints must be the one line it is asked for. */
async function run(file: string) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

async function open(name: string, options: object) {
  const file = join(folder, `${name}.mts`)
  writeFileSync(file, script(options))
  return run(file)
}

describe('openTensor', () => {
  test('takes the fastest backend there is, without printing anything', async () => {
    const opened = await open('auto', {})
    expect(['tensorflow', 'wasm']).toContain(opened.backend)
    expect(opened).toMatchObject({ product: 11, listeners: true })
  })

  test('takes the backend that is named', async () => {
    expect(await open('wasm', { backend: 'wasm' })).toMatchObject({
      backend: 'wasm',
      product: 11,
      listeners: true,
    })
    expect(await open('cpu', { backend: 'cpu' })).toMatchObject({
      backend: 'cpu',
      product: 11,
      listeners: true,
    })
  })

  test('falls back to plain JavaScript where the WebAssembly files are missing, and says why', async () => {
    const opened = await open('bare', { wasmFolder: folder })
    if (opened.backend === 'tensorflow') return
    expect(opened).toMatchObject({ backend: 'cpu', product: 11 })
    expect(opened.detail).toMatch(/tfjs-backend-wasm-simd\.wasm/)
  })

  test('never swaps a named backend for another', async () => {
    const { failure } = await open('refused', { backend: 'wasm', wasmFolder: folder })
    expect(failure).toMatchObject({ code: 'unsupported' })
    expect(failure.remedy).not.toBe('')
  })

  test('damaged WebAssembly files are trouble in words, not a crash', async () => {
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    for (const file of wasmFiles) writeFileSync(join(damaged, file), 'not WebAssembly')
    const file = join(folder, 'damaged.mts')
    writeFileSync(file, script({ backend: 'wasm', wasmFolder: damaged }))
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder })
    expect(JSON.parse(stdout).failure).toMatchObject({ code: 'unsupported' })
  })

  for (const format of ['cjs', 'esm'] as const)
    test(`works from one bundled ${format} file with the WebAssembly files beside it`, async () => {
      const device = join(folder, `device-${format}`)
      mkdirSync(device)
      const outfile = join(device, `agent.${format === 'cjs' ? 'cjs' : 'mjs'}`)
      const body = script({ backend: 'wasm' })
      const [imported, ...rest] = body.trim().split('\n')
      await build({
        stdin: {
          contents: `${imported}\nasync function main() {${rest.join('\n')}}\nmain()`,
          resolveDir: dirname(door),
        },
        outfile,
        format,
        bundle: true,
        platform: 'node',
        logLevel: 'error',
        banner:
          format === 'esm'
            ? {
                js: `import { createRequire as _r } from 'node:module'
const require = _r(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname`,
              }
            : {},
      })
      for (const file of wasmFiles) copyFileSync(join(wasmFolder, file), join(device, file))
      expect(await run(outfile)).toMatchObject({ backend: 'wasm', product: 11, listeners: true })
    })
})
