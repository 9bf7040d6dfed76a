import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { nameOf } from '../../main/agent/name.ts'
import { openProfile } from '../../main/agent/profile.ts'
import { agentHere } from './agentHere.ts'
import { openPublisher } from './publishHere.ts'
import { folder, until } from './tinyModel.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A web server that says the same whatever it is asked. */
async function saying(status: number, page: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(page)
  })
  servers.push(server)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const troubleOf = async (repository: string, site?: string) => {
  const here = await agentHere(repository, { site })
  const { failure } = await until(here.report, each => each.failure != null)
  return failure as { message: string; remedy: string }
}

describe('a device that was sent to the wrong place says so, and what is right', () => {
  test('a site that is not there is told with those that are', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const { message, remedy } = await troubleOf(publisher.where, 'hal-1')
    expect(message).toMatch(/^There is no site hal-1 at /)
    expect(remedy).toMatch(/hall-1\.$/)
  })

  test('a web page that answers in the place of a repository', async () => {
    const { message } = await troubleOf(await saying(200, '<!doctype html><p>Hello</p>'), 'hall-1')
    expect(message).toMatch(/^There is no repository of the site hall-1 here: a web page answers/)
  })

  test('a plain web server lists no site', async () => {
    const { message, remedy } = await troubleOf(await saying(404, ''))
    expect(message).toMatch(/ lists no site\.$/)
    expect(remedy).toMatch(/--site/)
  })
})

test('a device keeps the name that it was given', () => {
  const state = folder('edgewright-name-')
  const machine = nameOf(state, undefined)
  expect(machine).not.toBe('')
  expect(nameOf(state, 'crane-02')).toBe('crane-02')
  expect(nameOf(state, undefined)).toBe('crane-02')
  expect(nameOf(state, '  ')).toBe('crane-02')
  expect(nameOf(state, 'x'.repeat(500))).toHaveLength(80)
})

test('a profile that cannot be used says which field and how it is written', () => {
  const file = join(mkdtempSync(join(folder('edgewright-profile-'), 'p')), 'profile.json')
  writeFileSync(file, '{"memoryBytes": "lots"}')
  expect(() => openProfile(file)).toThrow(/"memoryBytes": it is no number of bytes, like "64 MB"/)
  writeFileSync(file, '{"memoryBytes": "64 MB", "variants": ["tflite-int8"]}')
  expect(openProfile(file)).toMatchObject({ memoryBytes: 64e6, variants: ['tflite-int8'] })
})
