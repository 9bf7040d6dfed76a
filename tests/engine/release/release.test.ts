import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashOf } from '../../../main/engine/kit/index.ts'
import {
  FORMAT,
  generateKey,
  Index,
  openEnvelope,
  openRepository,
  openSigningKey,
  type Place,
  pathOf,
  placeOf,
  publicKeyFrom,
  seal,
} from '../../../main/engine/release/index.ts'
import { folder } from '../../agent/tinyModel.ts'

const { key } = generateKey()
const index: Index = {
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
  const places: Place[] = [
    { kind: 'keys' },
    { kind: 'index' },
    { kind: 'pointer', model: 'Bolt inspector' },
    { kind: 'description', model: 'Ähre 2.1', file: '3-float32.json' },
    { kind: 'blob', hash: hashOf('x') },
    { kind: 'device', id: 'ab'.repeat(12) },
  ]
  test.each(places)('$kind goes there and back', place => {
    expect(placeOf(pathOf(place))).toEqual(place)
  })
  test.each([
    '../keys.json',
    'models/../keys.json',
    'models/../../x/current.json',
    'models/./current.json',
    'models/.hidden/current.json',
    'models/a/b/current.json',
    'models/a/..json',
    'models/a/../current.json',
    'models/a\\..\\b/current.json',
    `blobs/sha256/ab/${'0'.repeat(64)}`,
    `blobs/sha256/00/${'0'.repeat(63)}`,
    `blobs/sha256/00/${'0'.repeat(64)}/..`,
    'devices/../keys.json',
    'devices/ABCD.json',
    'current.json',
    '/etc/passwd',
    '',
    'keys.json\n',
  ])('%j is no file of a repository', path => {
    expect(placeOf(path)).toBeNull()
  })
})

describe('a repository in a folder', () => {
  test('reads what it wrote, whole, and bounded', async () => {
    const at = join(folder(), 'new')
    const repository = openRepository(at)
    await repository.write({ kind: 'index' }, 'text')
    expect(Buffer.from((await repository.read({ kind: 'index' }, 10)) ?? '').toString()).toBe('text')
    expect(await repository.read({ kind: 'keys' }, 10)).toBeNull()
    await expect(repository.read({ kind: 'index' }, 3)).rejects.toMatchObject({
      failure: { code: 'tampered' },
    })
    const file = join(folder(), 'blob')
    writeFileSync(file, 'content')
    const hash = hashOf('content')
    expect(await repository.hasBlob(hash, 7)).toBe(false)
    await repository.putBlob(hash, file, 7)
    expect(await repository.hasBlob(hash, 7)).toBe(true)
    const parts: Uint8Array[] = []
    for await (const part of (await repository.blob(hash, 4))?.chunks ?? []) parts.push(part)
    expect(Buffer.concat(parts).toString()).toBe('ent')
    writeFileSync(join(at, pathOf({ kind: 'blob', hash })), 'changed')
    expect(await repository.hasBlob(hash, 7)).toBe(false)
    rmSync(at, { recursive: true })
    await expect(repository.read({ kind: 'index' }, 10)).rejects.toMatchObject({
      failure: { code: 'unreachable' },
    })
    await expect(
      repository.write({ kind: 'device', id: 'ab'.repeat(12) }, 'x', { lasting: false }),
    ).rejects.toMatchObject({ failure: { code: 'unreachable' } })
    expect(existsSync(at)).toBe(false)
  })

  test('what is neither folder nor address is refused', () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    for (const where of ['', '  ', 'ftp://host/x', 's3://bucket', 'http://', file])
      expect([where, codeOf(() => openRepository(where))]).toEqual([where, 'bad-input'])
  })

  test('a token in an address is not shown', () => {
    expect(openRepository('http://:secret@host:81/base/').address).toBe('http://host:81/base')
    expect(openRepository('https://secret@host/').address).toBe('https://host')
  })
})
