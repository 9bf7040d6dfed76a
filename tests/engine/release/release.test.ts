import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { hashOf } from '../../../main/engine/kit/index.ts'
import {
  FORMAT,
  generateKey,
  openEnvelope,
  openSigningKey,
  openSink,
  openSource,
  pathOfPlace,
  placeOfPath,
  publicKeyFrom,
  type RepositoryPlace,
  seal,
} from '../../../main/engine/release/index.ts'
import { folder } from '../../agent/tinyModel.ts'

const { key } = generateKey()
const Index = z.object({
  type: z.literal('index'),
  format: z.literal(FORMAT),
  repository: z.string(),
  sequence: z.int().min(1),
  models: z.array(z.string()),
  at: z.string(),
})
const index: z.infer<typeof Index> = {
  type: 'index',
  format: FORMAT,
  repository: 'ab'.repeat(16),
  sequence: 3,
  models: ['Bolt inspector', 'Ähre 2'],
  at: '2026-01-02T03:04:05.678Z',
}

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as { failure?: { code: string } }).failure?.code ?? String(error)
  }
  return 'none'
}

describe('the envelope', () => {
  test('comes back as it went in, and is the same bytes every time', () => {
    const text = seal(index, key)
    expect(seal({ ...index }, key)).toBe(text)
    expect(openEnvelope(text, Index, key, 'it')).toEqual(index)
    expect(openEnvelope(Buffer.from(text), Index, publicKeyFrom(key.spki), 'it')).toEqual(index)
  })

  test('white space and the order of members do not matter, any value does', () => {
    const sealed = JSON.parse(seal(index, key))
    const turned = {
      signatures: sealed.signatures,
      signed: Object.fromEntries(Object.entries(sealed.signed).reverse()),
    }
    expect(openEnvelope(JSON.stringify(turned), Index, key, 'it')).toEqual(index)
    for (const change of [
      { sequence: 4 },
      { models: ['Bolt inspector'] },
      { at: '2027-01-02T03:04:05.678Z' },
      { more: 1 },
    ])
      expect(
        codeOf(() =>
          openEnvelope(
            JSON.stringify({ ...sealed, signed: { ...sealed.signed, ...change } }),
            Index,
            key,
            'it',
          ),
        ),
      ).toBe('tampered')
  })

  test('any flipped bit of the file is found', () => {
    const bytes = Buffer.from(seal(index, key))
    let same = 0
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      const code = codeOf(() => openEnvelope(flipped, Index, key, 'it'))
      // White space between members may turn into other white space.
      if (code === 'none') same++
      else expect(['tampered', 'unsigned', 'unsupported']).toContain(code)
    }
    expect(same).toBeLessThan(10)
  })

  test('a second, foreign signature does no harm; one in our name that is not ours does', () => {
    const sealed = JSON.parse(seal(index, key))
    const foreign = JSON.parse(seal(index, generateKey().key)).signatures[0]
    const both = { ...sealed, signatures: [foreign, ...sealed.signatures] }
    expect(openEnvelope(JSON.stringify(both), Index, key, 'it')).toEqual(index)
    const forged = { ...sealed, signatures: [{ keyid: key.fingerprint, sig: foreign.sig }] }
    expect(codeOf(() => openEnvelope(JSON.stringify(forged), Index, key, 'it'))).toBe('tampered')
    expect(
      codeOf(() => openEnvelope(JSON.stringify({ ...sealed, signatures: [foreign] }), Index, key, 'it')),
    ).toBe('unsigned')
  })
})

describe('the key', () => {
  test('is made once, for its owner alone, and stays the same', () => {
    const at = join(folder(), 'keys')
    const made = openSigningKey(at)
    expect(openSigningKey(at).fingerprint).toBe(made.fingerprint)
    expect(readdirSync(at)).toEqual(['signing-key.pem'])
    if (process.platform !== 'win32') expect(statSync(join(at, 'signing-key.pem')).mode & 0o777).toBe(0o600)
    expect(publicKeyFrom(made.key.export({ type: 'spki', format: 'pem' }) as string).fingerprint).toBe(
      made.fingerprint,
    )
    expect(hashOf(Buffer.from(made.spki, 'base64'))).toBe(made.fingerprint)
  })

  test('is never replaced when it is damaged', () => {
    const at = folder()
    openSigningKey(at)
    writeFileSync(join(at, 'signing-key.pem'), 'torn')
    expect(codeOf(() => openSigningKey(at))).toBe('unreadable-file')
    expect(readFileSync(join(at, 'signing-key.pem'), 'utf8')).toBe('torn')
  })
})

describe('where files lie', () => {
  const places: RepositoryPlace[] = [
    { kind: 'layout' },
    { kind: 'index' },
    { kind: 'blob', hash: hashOf('x') },
    { kind: 'metadata', site: 'hall-3', lane: 'online', file: 'timestamp.json' },
    { kind: 'metadata', site: 'hall-3', lane: 'stick', file: '12.model-bolt-ea0151.json' },
    { kind: 'device', id: 'ab'.repeat(12) },
    { kind: 'batch', device: 'ab'.repeat(12), sequence: 1_234_567 },
  ]
  test.each(places)('$kind goes there and back', place => {
    expect(placeOfPath(pathOfPlace(place))).toEqual(place)
  })
  test.each([
    '../index.json',
    'tuf/../index.json',
    'tuf/hall-3/../../index.json',
    'tuf/hall-3/root.json',
    'tuf/hall-3/0.root.json',
    'tuf/hall-3/01.root.json',
    'tuf/hall-3/1.other.json',
    'tuf/hall-3/a/1.root.json',
    'tuf/hall-3.STICK/1.root.json',
    'tuf/-hall/1.root.json',
    `tuf/${'a'.repeat(41)}/1.root.json`,
    `blobs/sha256/${'0'.repeat(63)}`,
    `blobs/sha256/${'0'.repeat(64)}/..`,
    `blobs/sha256/${'A'.repeat(64)}`,
    'devices/../index.json',
    'devices/ABCD.json',
    'return/../index.json',
    `return/${'ab'.repeat(12)}-1.edgeback`,
    '/etc/passwd',
    '',
    'index.json\n',
  ])('%j is no file of a repository', path => {
    expect(placeOfPath(path)).toBeNull()
  })
})

test('a token in an address is not shown', () => {
  expect(openSink('http://:secret@host:81/base/').address).toBe('http://host:81/base')
  expect(openSource('https://secret@host/').address).toBe('https://host')
})
