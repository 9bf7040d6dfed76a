import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A program that kills itself at a step; see `countdown.ts`. */
export interface Mortal {
  /** Runs it until it dies at this step, counted from 1; 0: to its end. @returns the steps it made, where it came there */
  run(at: number, ...words: string[]): Promise<{ steps: number | null; trail: string[] }>
}

/**
 * Makes one file of a program in this folder, so that hundreds of its processes start in no time.
 * @param into a folder that goes away later
 */
export async function mortal(program: string, into: string): Promise<Mortal> {
  const file = join(into, program.replace('.ts', '.mjs'))
  await build({
    entryPoints: [fileURLToPath(new URL(`./${program}`, import.meta.url))],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
    // What removes folders after a test has nothing to do in a process that dies.
    plugins: [
      {
        name: 'no tests here',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^vitest$/ }, ({ path }) => ({ path, namespace: 'none' }))
          onLoad({ filter: /./, namespace: 'none' }, () => ({
            contents: 'export const afterEach = () => {}',
          }))
        },
      },
    ],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  })
  return {
    run: (at, ...words) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [file, String(at), ...words], {
          env: { ...process.env, NODE_COMPILE_CACHE: join(into, 'cache') },
        })
        let out = ''
        let err = ''
        child.stdout.on('data', part => {
          out += part
        })
        child.stderr.on('data', part => {
          err += part
        })
        child.once('close', (code, signal) => {
          if (signal === 'SIGKILL') return resolve({ steps: null, trail: [] })
          if (code !== 0) return reject(new Error(`step ${at}: ended with ${code ?? signal}: ${err}`))
          const { calls, trail = [] } = JSON.parse(out) as { calls: number; trail?: string[] }
          resolve({ steps: calls, trail })
        })
      }),
  }
}

/** Does it for 1 to `count`, some at once. */
export async function each(count: number, work: (at: number) => Promise<void>, atOnce = 4): Promise<void> {
  let at = 0
  const next = async () => {
    while (at < count) await work(++at)
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}
