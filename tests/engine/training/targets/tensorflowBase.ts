import { execFile, spawn } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'

const run = promisify(execFile)

/** Asks a Python which files it consists of: itself, its modules, TensorFlow, and every library that these load. */
const PARTS = `
import json, os, sys, sysconfig
import tensorflow, keras, ctypes, ssl, sqlite3, multiprocessing, concurrent.futures, lzma, bz2
tensorflow.keras.Sequential([tensorflow.keras.layers.Dense(1)])(tensorflow.zeros([1, 1]))
mapped = {line.split()[-1] for line in open('/proc/self/maps') if line.rstrip().endswith(('.so',)) or '.so.' in line}
print(json.dumps({
    'executable': sys.executable, 'prefix': sys.prefix, 'base': os.path.realpath(sys.executable),
    'stdlib': sysconfig.get_path('stdlib'), 'mapped': sorted(mapped),
}))`

/** What a trainer never needs, and what takes most of the time to carry. */
const WITHOUT = [
  ...['__pycache__', 'pip', 'setuptools', 'clang', 'ai_edge_litert', 'tensorflow/include', '*.a'],
]

/**
 * The TensorFlow of this computer as an image to build on, as the official one that the Dockerfile names is where a
 * registry can be reached: `python3` at PATH that imports TensorFlow.
 * @param python the Python that has it
 * @returns the tag
 */
export async function tensorflowBase(docker: Docker, python: string): Promise<string> {
  const { stdout } = await run(python, ['-c', PARTS], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } })
  const { executable, prefix, base, stdlib, mapped } = JSON.parse(
    stdout.trim().split('\n').at(-1) as string,
  ) as {
    [name in 'executable' | 'prefix' | 'base' | 'stdlib']: string
  } & { mapped: string[] }
  const inside = (path: string) => path.startsWith(prefix) || path.startsWith(stdlib)
  // Paths as they are without links to folders, then those links.
  const plain = (path: string) => join(realpathSync(dirname(path)), basename(path))
  const paths = new Set([prefix, stdlib, base])
  for (let link = executable; lstatSync(link).isSymbolicLink(); ) {
    link = resolve(dirname(link), readlinkSync(link))
    if (!inside(link)) paths.add(link)
  }
  const loader = '/lib64/ld-linux-x86-64.so.2'
  for (const library of [...mapped.filter(path => path.startsWith('/') && !inside(path)), loader]) {
    if (!existsSync(library)) continue
    paths.add(plain(library)).add(realpathSync(library))
    // The loader looks for a name that leads to the file.
    for (const name of readdirSync(dirname(library))) {
      const path = join(dirname(library), name)
      if (existsSync(path) && realpathSync(path) === realpathSync(library)) paths.add(plain(path))
    }
  }
  const folders = new Set([...paths].map(path => dirname(path)))
  for (const link of ['/lib', '/lib64'])
    if (existsSync(link) && lstatSync(link).isSymbolicLink()) folders.add(link)
  const tar = spawn(
    'tar',
    [
      ...['-C', '/', '-c'],
      ...WITHOUT.map(name => `--exclude=${name}`),
      ...['test', 'idlelib', 'ensurepip'].map(name => `--exclude=${join(stdlib, name).slice(1)}`),
      // The modules that the interpreter itself was given are not those of TensorFlow.
      ...(prefix === dirname(dirname(stdlib)) ? [] : [`--exclude=${stdlib.slice(1)}/site-packages`]),
      ...['--no-recursion', 'tmp', ...[...folders].map(path => path.slice(1))],
      ...['--recursion', ...[...paths].map(path => path.slice(1))],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const [repo, tag] = ['edgewright-test/tensorflow', 'of-this-computer']
  const told = await docker.importImage(tar.stdout, {
    ...{ repo, tag },
    changes: `ENV PATH=${dirname(executable)}:/usr/bin:/bin`,
  })
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(told, error => (error ? reject(error) : resolve())),
  )
  return `${repo}:${tag}`
}
