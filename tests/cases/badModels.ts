import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { seeded } from '../../main/engine/kit/index.ts'

const golden = join(import.meta.dirname, '..', 'golden', 'graph')

/** Good models of each format, and the file of each that says what the model is. */
export const models: { format: string; path: string; file: string }[] = [
  { format: 'SavedModel', path: join(golden, 'savedmodel', 'convnet', 'model'), file: 'saved_model.pb' },
  {
    format: 'SavedModel, its index',
    path: join(golden, 'savedmodel', 'convnet', 'model'),
    file: 'variables/variables.index',
  },
  {
    format: 'SavedModel, its variables',
    path: join(golden, 'savedmodel', 'convnet', 'model'),
    file: 'variables/variables.data-00000-of-00001',
  },
  {
    format: 'checkpoint',
    path: join(golden, 'savedmodel', 'checkpoint_v2', 'model'),
    file: 'model.ckpt-12.meta',
  },
  { format: 'GraphDef', path: join(golden, 'convnet', 'frozen.pb'), file: '' },
  { format: 'TFLite', path: join(golden, 'tflite', 'convnet_float.tflite'), file: '' },
]

/** A copy of a model with its telling file changed. */
export function damaged(
  folder: string,
  { path, file }: (typeof models)[number],
  change: (bytes: Buffer) => Uint8Array,
): string {
  const copy = join(folder, basename(path))
  cpSync(path, copy, { recursive: true, force: true })
  const place = statSync(copy).isDirectory() ? join(copy, file) : copy
  writeFileSync(place, change(readFileSync(place)))
  return copy
}

/** Ways in which files come to harm, the same ones each time. */
export function* harms(): Generator<[what: string, change: (bytes: Buffer) => Uint8Array]> {
  for (const share of [0, 0.01, 0.3, 0.6, 0.95, 0.999])
    yield [`cut off after ${share * 100}%`, bytes => bytes.subarray(0, Math.floor(bytes.length * share))]
  for (let seed = 1; seed <= 12; seed++)
    yield [
      `bits flipped, ${seed}`,
      bytes => {
        const random = seeded(seed)
        const copy = Buffer.from(bytes)
        for (let i = 0; i < 1 + (seed % 4) * 3; i++) {
          const at = Math.floor(random() * copy.length)
          copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8))
        }
        return copy
      },
    ]
  yield ['lengths that are far too long', bytes => bytes.map((value, at) => (at % 97 === 5 ? 0xff : value))]
  yield [
    'zeros from the middle on',
    bytes => Buffer.concat([bytes.subarray(0, bytes.length >> 1), Buffer.alloc(bytes.length >> 1)]),
  ]
  yield ['twice behind itself', bytes => Buffer.concat([bytes, bytes])]
  yield ['text', () => Buffer.from('This is no model.\n'.repeat(20))]
}

/** Names of all files below a folder. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap(entry =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
