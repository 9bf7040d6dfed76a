import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageFile } from '../../main/shell/pages.ts'
import { contentSecurityPolicy, WRITTEN_STYLES } from '../../main/shell/policy.ts'

let top: string
let root: string

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'edgewright-pages-'))
  root = join(top, 'renderer')
  mkdirSync(join(root, 'assets'), { recursive: true })
  mkdirSync(join(top, 'renderer-more'))
  writeFileSync(join(root, 'index.html'), '<!doctype html>')
  writeFileSync(join(root, 'assets', 'main-1a2b.js'), 'export {}')
  writeFileSync(join(root, 'odd name.svg'), '<svg/>')
  writeFileSync(join(root, 'engine.db'), 'nothing of a page')
  writeFileSync(join(top, 'secret.json'), '{}')
  writeFileSync(join(top, 'renderer-more', 'secret.json'), '{}')
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

describe('the files of the page', () => {
  test('are found with their type', () => {
    expect(pageFile(root, '/assets/main-1a2b.js')).toMatchObject({
      type: 'text/javascript; charset=utf-8',
      bytes: 9,
      lasting: true,
    })
    expect(pageFile(root, '/odd%20name.svg')).toMatchObject({ type: 'image/svg+xml', lasting: false })
  })

  test('an address inside the page is the page', () => {
    for (const address of ['/', '/training', '/data/4fe1', ''])
      expect(pageFile(root, address)?.path).toBe(join(root, 'index.html'))
  })

  test('what is not there is nothing, and no page in its place', () => {
    for (const address of ['/assets/gone.js', '/engine.db', '/assets/main-1a2b.js/more.js', '/%E0%A4%A'])
      expect(pageFile(root, address)).toBeNull()
  })

  test.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/%2e%2e%2fsecret.json',
    '/assets/../../secret.json',
    '/..%5csecret.json',
    '/..\\secret.json',
    '//secret.json/../../secret.json',
    '/../renderer-more/secret.json',
    '/..%00/secret.json',
    '/secret.json%00.js',
    '../secret.json',
  ])('nothing outside is reached by %s', address => {
    expect(pageFile(root, address)).toBeNull()
  })
})

test('the policy lets in nothing that did not ship with us', () => {
  const policy = contentSecurityPolicy(['ws://127.0.0.1:1'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("connect-src 'self' ws://127.0.0.1:1;")
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*/)
  expect(policy.match(/unsafe-inline/g)).toHaveLength(1)
})

test.each(Object.entries(WRITTEN_STYLES))(
  'the style sheet that %s writes is the one that is let in',
  (part, hash) => {
    const source = readFileSync(
      join(import.meta.dirname, '..', '..', 'node_modules', 'reka-ui', 'dist', `${part}.js`),
      'utf8',
    )
    const [, written] = source.match(/createTextVNode\(("[^"]*::-webkit-scrollbar[^"]*")/) ?? []
    const text: string = JSON.parse(written ?? '""')
    expect(`sha256-${createHash('sha256').update(text).digest('base64')}`).toBe(hash)
  },
)
