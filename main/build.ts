/**
 * Builds what has to be built. In a clone that is the window only: the engine, the command line and the agent run
 * from their sources. `npm run build` makes everything, for packaging and for the agent's single file.
 *
 * Imports the bundlers when they are needed and not before, so that `npm start` can look at the stamp at once.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, zstdCompressSync } from 'node:zlib'
import type { BuildOptions, Plugin } from 'esbuild'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const stampFile = join(dist, 'window.stamp')
const AGENT = join(dist, 'agent', 'edgewright-agent.mjs')

/** What the window is made of. */
const SOURCES = [
  'renderer/**',
  // The training that runs in the page, with what it is made of.
  'main/engine/{kit,tensor}/*.ts',
  'main/engine/training/work.ts',
  'main/engine/training/{trainers,worker}/**',
  'preload/**',
  'main/index.ts',
  'main/app/**',
  'main/shell/**',
  'main/build.ts',
  'resources/icons/**',
  'package.json',
  'package-lock.json',
]

/** A hash of the names and contents of files in a folder. */
function contentOf(folder: string, which: string | string[] = '**'): string {
  const hash = createHash('sha256')
  for (const entry of globSync(which, { cwd: folder, withFileTypes: true })
    .filter(found => found.isFile())
    .map(found => join(found.parentPath, found.name))
    .sort()) {
    hash.update(entry.slice(folder.length)).update('\0').update(readFileSync(entry)).update('\0')
  }
  return hash.digest('hex')
}

/** A hash of the content of everything that the window is made of. */
const windowStamp = (): string => contentOf(root, SOURCES)

/** True when the built window is the one of these sources. */
export function windowIsFresh(): boolean {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === windowStamp()
}

/** The page of the window, for Chromium 108 and everything newer. */
async function buildPage(): Promise<void> {
  const [{ build }, { default: vue }, { default: tailwind }] = await Promise.all([
    import('vite'),
    import('@vitejs/plugin-vue'),
    import('@tailwindcss/vite'),
  ])
  await build({
    root: join(root, 'renderer'),
    configFile: false,
    base: '/',
    logLevel: 'warn',
    plugins: [vue(), tailwind()],
    build: {
      outDir: join(dist, 'renderer'),
      emptyOutDir: true,
      target: 'chrome108',
      cssTarget: 'chrome108',
      // Fonts and pictures stay files: nothing in the page may be code or style that came as a text.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2000,
      rolldownOptions: {
        input: ['index.html', 'gpu.html'].map(file => join(root, 'renderer', file)),
      },
    },
  })
}

/**
 * Sources of ours do nothing when they are only imported, so that a bundle holds what is used of them and no more.
 * A module of Node's that is left then has no place in a browser: the build fails and names it.
 */
const forBrowser: Plugin = {
  name: 'for-browser',
  setup({ onResolve, resolve: resolved }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
    onResolve({ filter: /\.ts$|^#contract/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === forBrowser) return undefined
      const found = await resolved(path, { ...where, pluginData: forBrowser })
      return { path: found.path, errors: found.errors, sideEffects: false }
    })
  },
}

/** The training that a page runs on WebGPU, one file beside the page. */
async function buildGpu(): Promise<void> {
  const { build } = await import('esbuild')
  const { metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'chrome113',
    plugins: [forBrowser],
    minify: true,
    metafile: true,
    logLevel: 'warning',
    entryPoints: { gpu: 'main/engine/training/worker/gpu.ts' },
    outdir: 'dist/renderer',
  })
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  if (left.length > 0)
    throw new Error(`The training in the page needs what no browser has: ${left.join(', ')}`)
}

/** Electron's own process and the preload script: CommonJS, and old enough for Electron 22. */
async function buildShell(): Promise<void> {
  const { build } = await import('esbuild')
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node16',
    external: ['electron'],
    sourcemap: true,
    logLevel: 'warning',
  }
  await Promise.all([
    build({ ...shared, entryPoints: ['main/index.ts'], outfile: 'dist/main/index.cjs' }),
    build({ ...shared, entryPoints: ['preload/index.ts'], outfile: 'dist/preload/index.cjs' }),
  ])
}

/** Builds the window, unless it is there and made from these very sources. */
export async function buildWindow(): Promise<void> {
  const stamp = windowStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  rmSync(stampFile, { force: true })
  await Promise.all([buildPage(), buildShell()])
  // After the page, which empties the folder.
  await buildGpu()
  writeFileSync(stampFile, stamp)
}

/** CommonJS packages inside an ES module still ask for these. Under names that no source has. */
const banner = [
  `import { createRequire as $makeRequire } from 'node:module'`,
  `import { dirname as $folderOf } from 'node:path'`,
  `import { fileURLToPath as $pathOf } from 'node:url'`,
  `const require = $makeRequire(import.meta.url)`,
  `const __filename = $pathOf(import.meta.url)`,
  `const __dirname = $folderOf(__filename)`,
].join('\n')

/** Packages with machine code, and those that only another package's optional parts ask for. */
const NATIVE = [
  'better-sqlite3',
  // Of DuckDB the machine code alone: what is around it lies in 180 files.
  '@duckdb/node-bindings',
  '@tensorflow/tfjs-node',
  'sharp',
  // Of ssh2; it does without.
  'cpu-features',
  'bufferutil',
  'utf-8-validate',
]

/** Sources name the program of a process that they start by its source; in a build that is the bundle beside them. */
const programs: Plugin = {
  name: 'programs',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]main[\\/].*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(
        /new URL\('\.\/(\w+)\.ts', import\.meta\.url\)/g,
        "new URL('./$1.mjs', import.meta.url)",
      ),
    }))
  },
}

/**
 * For a program of one file: a process that it starts is a part of the same file, named by a fragment, and a function
 * that an old Node.js does not have is missed when it is called and not before, so that the program can say so.
 */
const parts: Plugin = {
  name: 'parts',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]main[\\/].*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replace(/new URL\('\.\/(\w+)\.ts', import\.meta\.url\)/g, "new URL('#$1', import.meta.url)")
        .replace(/^import (\{[^}]*\}) from 'node:zlib'$/m, "import $zlib from 'node:zlib'\nconst $1 = $zlib"),
    }))
  },
}

/** The device's program, one file that needs nothing beside it but Node.js. */
export async function buildAgent(): Promise<void> {
  const { build } = await import('esbuild')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const packed = wasmFiles().map(file => [basename(file), zstd(readFileSync(file)).toString('base64')])
  await build({
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: `#!/usr/bin/env node\n${banner}` },
    external: NATIVE,
    plugins: [parts],
    // Names stay: TensorFlow.js asks for them, and a part of the page is sent as its own text.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    stdin: {
      resolveDir: root,
      loader: 'ts',
      contents: `import { runAlone } from './main/agent/alone.ts'
await runAlone(${JSON.stringify(Object.fromEntries(packed))}, ${JSON.stringify(version)})`,
    },
    outfile: AGENT,
  })
  chmodSync(AGENT, 0o755)
  // What an image of it is built of.
  cpSync(join(root, 'resources', 'docker', 'agent'), dirname(AGENT), { recursive: true })
}

/** Machine code that is not in JavaScript: of TensorFlow.js for one thread, of LiteRT.js with its loader, and of mozjpeg. */
function wasmFiles(): string[] {
  const { resolve: find } = createRequire(import.meta.url)
  const tensorflow = dirname(find('@tensorflow/tfjs-backend-wasm'))
  const litert = join(dirname(find('@litertjs/core')), '..', 'wasm')
  return [
    ...['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'].map(file => join(tensorflow, file)),
    ...['litert_wasm_internal.js', 'litert_wasm_internal.wasm'].map(file => join(litert, file)),
    find('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'),
  ]
}

const zstd = (bytes: Uint8Array): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } })

/** The engine, its workers and the command line, each one file with shared parts beside it; and the agent. */
export async function buildPrograms(): Promise<void> {
  const { build } = await import('esbuild')
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    banner: { js: banner },
    outExtension: { '.js': '.mjs' },
    external: NATIVE,
    plugins: [programs],
    sourcemap: true,
    logLevel: 'warning',
  }
  await build({
    ...shared,
    entryPoints: {
      headless: 'main/headless.ts',
      engine: 'main/engine/process.ts',
      worker: 'main/engine/training/worker.ts',
      hand: 'main/engine/tensor/kernels/hands/hand.ts',
      prover: 'main/engine/optimization/worker.ts',
      measurer: 'main/agent/measure/measurer.ts',
      rehearser: 'main/agent/serving/rehearser.ts',
    },
    outdir: 'dist/main',
    splitting: true,
  })
  await buildAgent()
  cpSync(join(root, 'main', 'engine', 'store', 'migrations'), join(dist, 'main', 'migrations'), {
    recursive: true,
  })
  for (const file of wasmFiles()) cpSync(file, join(dist, 'main', basename(file)))
}

/** Packages that a program in a container of ours may do without. */
const IMAGE_PROGRAMS = {
  worker: 'main/engine/training/worker.ts',
  hand: 'main/engine/tensor/kernels/hands/hand.ts',
  keeper: 'main/engine/training/targets/docker/inside/keeper.ts',
  beside: 'main/engine/training/targets/docker/inside/beside.ts',
  recorder: 'main/engine/training/mlflow/recorder.ts',
}

/**
 * What the images of the trainers are built of, a folder each: the Dockerfile with all that it copies. Made beside its
 * place and moved there, since several engines of a clone may do so at once.
 */
export async function buildImages(): Promise<void> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: banner },
    outExtension: { '.js': '.mjs' },
    external: NATIVE,
    minifySyntax: true,
    logLevel: 'warning',
    entryPoints: Object.fromEntries(
      Object.entries(IMAGE_PROGRAMS).filter(([, file]) => existsSync(join(root, file))),
    ),
    outdir: join(dist, 'images', 'node'),
    write: false,
  })
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  const part = join(dist, `.images-${process.pid}`)
  cpSync(join(root, 'resources', 'docker'), part, { recursive: true })
  // Built of what lies beside it in dist/agent.
  rmSync(join(part, 'agent'), { recursive: true })
  for (const { path, contents } of outputFiles) writeFileSync(join(part, 'node', basename(path)), contents)
  for (const file of ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'])
    cpSync(join(wasm, file), join(part, 'node', file))
  const old = `${part}-old`
  const place = join(dist, 'images')
  if (contentOf(place) !== contentOf(part)) {
    if (existsSync(place)) renameSync(place, old)
    renameSync(part, place)
  }
  for (const folder of [old, part]) rmSync(folder, { recursive: true, force: true })
}

/** Builds everything from nothing. */
export async function buildAll(): Promise<void> {
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  await buildWindow()
  await buildPrograms()
  await buildImages()
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await ({ images: buildImages, agent: buildAgent }[process.argv[2] ?? ''] ?? buildAll)()
