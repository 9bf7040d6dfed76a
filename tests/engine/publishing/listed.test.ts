import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hashOf } from '../../../main/engine/kit/index.ts'
import type { Descriptor, Manifest, OciIndex } from '../../../main/engine/release/index.ts'
import { openKeyring } from '../../../main/engine/trust/index.ts'
import { folder } from '../../agent/tinyModel.ts'
import { folderHere } from '../release/repositoryHere.ts'
import { keysHere } from './house.ts'

const PROGRAM = fileURLToPath(new URL('./publishingHouse.ts', import.meta.url))

test('two processes publish to one folder at the same time: other tools find what both signed', async () => {
  const keys = join(keysHere(), 'keys')
  await openKeyring(keys)
  const to = folderHere()
  const processes = [
    ['plant-1', '1', '2', '3', '4'],
    ['plant-2', '5', '6', '7', '8'],
  ].map(words =>
    fork(PROGRAM, [join(folder(), 'shop'), keys, to, ...words], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  )
  await Promise.all(processes.map(each => once(each, 'message')))
  const ends = processes.map(each => once(each, 'exit'))
  for (const each of processes) each.send('publish')
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0])

  // As crane reads a layout: the index, its manifests, and the blobs that they name.
  const read = ({ digest, size }: Descriptor) => {
    const content = readFileSync(join(to, 'blobs', digest.replace(':', '/')))
    expect(content.length).toBe(size)
    expect(`sha256:${hashOf(content)}`).toBe(digest)
    return content
  }
  const index: OciIndex = JSON.parse(readFileSync(join(to, 'index.json'), 'utf8'))
  const versions = index.manifests.map(each => {
    const { config, layers }: Manifest = JSON.parse(read(each).toString())
    for (const layer of layers) read(layer)
    return JSON.parse(read(config).toString()).descriptor.version
  })
  expect(versions.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
}, 60_000)
