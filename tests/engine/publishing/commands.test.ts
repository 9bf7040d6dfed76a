import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Drill, KeyList, Packed, Site } from '#contract'
import { temporaryFolder } from '../../contract/house.ts'
import { terminal } from '../../e2e/terminal.ts'

const folder = temporaryFolder()
const { run, json } = terminal(join(folder.path, 'home'), folder.path)
afterAll(() => folder.remove())

const publishing = (...words: string[]) => ['publishing', ...words, '--workspace', 'shop']

/** One sentence, a remedy, no stack, nothing on the other stream. */
async function fails(words: string[], message: RegExp, code = 1) {
  const answer = await run(...publishing(...words))
  expect(answer.err).toMatch(message)
  expect([answer.code, answer.out]).toEqual([code, ''])
  expect(answer.err).not.toMatch(/\n\s+at /)
  expect(answer.err.trim().split('\n').length).toBeLessThanOrEqual(3)
}

describe('publishing from a terminal, as others write it', () => {
  test('init makes a site, with keys outside the workspace', async () => {
    const site = await json<Site>(...publishing('init', '--site', 'plant-1'))
    expect(site).toMatchObject({ name: 'plant-1', devices: 0, models: [] })
    expect(existsSync(join(folder.path, 'shop/repository/tuf/plant-1/timestamp.json'))).toBe(true)
    expect((await run(...publishing('sites'))).out).toMatch(/^plant-1 in .*: 0 devices/)
    await fails(['init', '--site', 'Plant 1'], /^--site must be small letters/, 2)
  })

  test('keys list, drill, rotate, export', async () => {
    const { keys, advice, fingerprint } = await json<KeyList>(...publishing('keys', 'list'))
    expect(keys.filter(({ role }) => role === 'root')).toHaveLength(3)
    expect(advice).toHaveLength(1)
    expect((await run(...publishing('keys', 'list'))).out).toContain(`--root ${fingerprint}`)
    expect(await json<Drill>(...publishing('keys', 'drill'))).toMatchObject({ passed: true, site: 'plant-1' })
    expect((await run(...publishing('keys', 'rotate', '--role', 'timestamp'))).out).toContain(
      'in use at plant-1',
    )
    await fails(['keys', 'rotate', 'emperor'], /There is no key "emperor"/)
    await fails(['keys', 'export', 'backup', '--out', 'b.key'], /passphrase/)
    const word = ['--passphrase', 'correct horse']
    expect((await run(...publishing('keys', 'export', 'backup', '--out', 'b.key', ...word))).code).toBe(0)
    writeFileSync(join(folder.path, 'odd.key'), 'odd')
    await fails(['keys', 'import', 'odd.key', ...word], /./)
  })

  test('what is not there is said, with what to do', async () => {
    await fails(['publish', '--model', 'nobody'], /nobody/)
    await fails(['publish', '--model', 'a@b'], /NAME@3/, 2)
    await fails(['publish', '--model', 'nobody', '--variant', 'zip'], /--variant/, 2)
    await fails(['promote', '--model', 'nobody'], /never published/)
    await fails(['rollback', '--model', 'nobody', '--site', 'plant-9'], /no site "plant-9"/)
    await fails(['device', 'approve', '1234-5678'], /No device shows the code 1234-5678/)
    expect((await run(...publishing('device', 'list'))).out).toMatch(/No device reports yet/)
  })

  test('pack writes a stick for a site, whole or not at all', async () => {
    const packed = await json<Packed>(...publishing('pack', '--site', 'plant-1', '--out', 'plant.edgepack'))
    expect(packed.files).toEqual([join(folder.path, 'plant.edgepack')])
    await fails(['pack', '--site', 'plant-9', '--out', 'x.edgepack'], /no site "plant-9"/)
    await fails(['pack', '--site', 'plant-1', '--out', 'x.zip'], /edgepack/)
    expect(readdirSync(folder.path).filter(name => /pack|^x/.test(name))).toEqual(['plant.edgepack'])
  })
}, 120_000)
