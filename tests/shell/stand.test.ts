import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'

const module = new URL('../../main/shell/stand.ts', import.meta.url).href
const folderAfter = (script: string | undefined) =>
  execFileSync(
    process.execPath,
    [
      ...['--input-type=module', '--eval'],
      `import { standWhereThePersonStands } from ${JSON.stringify(module)}
       standWhereThePersonStands('edgewright', 'demo')
       console.log(process.cwd())`,
    ],
    {
      cwd: tmpdir(),
      env: { ...process.env, npm_lifecycle_event: script, INIT_CWD: import.meta.dirname },
      encoding: 'utf8',
    },
  ).trim()

test('an npm script of ours stands where the person stands; in a test, or without npm, nothing changes', () => {
  expect(folderAfter('edgewright')).toBe(import.meta.dirname)
  expect(folderAfter('test')).toBe(folderAfter(undefined))
  expect(folderAfter(undefined)).not.toBe(import.meta.dirname)
})
