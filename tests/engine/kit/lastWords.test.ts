import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runChild } from '../../../main/engine/kit/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewright-words-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The last words of a program that ends on its own. */
async function lastOf(program: string): Promise<string> {
  const entry = join(folder, `${Math.random()}.mjs`)
  writeFileSync(entry, program)
  const lines: string[] = []
  const { last } = await runChild(entry, folder, {
    signal: new AbortController().signal,
    told() {},
    line: text => void lines.push(text),
  })
  expect(lines.length).toBeGreaterThan(0)
  return last
}

test.each([
  [
    'an error',
    `console.log('at work'); throw new RangeError('Too many rows: 12')`,
    'RangeError: Too many rows: 12',
  ],
  [
    'an error with a cause and properties',
    `const e = new Error('It broke\\nin two', { cause: new TypeError('deep') }); e.code = 'E1'; throw e`,
    'Error: It broke',
  ],
  ['no error at all', `throw 'plain words'`, 'plain words'],
  ['a promise that nobody waited for', `Promise.reject(new Error('left alone'))`, 'Error: left alone'],
  ['a program that cannot be read', `const = 3`, "SyntaxError: Unexpected token '='"],
  [
    'a module that is not there',
    `import './nowhere.mjs'`,
    /^Error \[ERR_MODULE_NOT_FOUND\]: Cannot find module/,
  ],
  [
    'an error that it printed itself',
    `console.error(Object.assign(new Error('seen to'), { code: 7 })); process.exit(3)`,
    'Error: seen to',
  ],
  ['plain lines', `console.log('first'); console.error('then this'); process.exit(1)`, 'then this'],
] as const)('the last words of %s are the line that tells', async (_, program, words) => {
  const last = await lastOf(program)
  if (typeof words === 'string') expect(last).toBe(words)
  else expect(last).toMatch(words)
})
