import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Device, Packed, Release, SiteModel } from '#contract'
import { temporaryFolder } from '../contract/house.ts'
import { printed, terminal } from './terminal.ts'

const folder = temporaryFolder()
const { run, json, start } = terminal(join(folder.path, 'home'), folder.path)
const at = (...names: string[]) => join(folder.path, ...names)
const going: ChildProcess[] = []
const servers: Server[] = []
afterAll(async () => {
  for (const child of going) child.kill('SIGKILL')
  for (const server of servers) server.close()
  await new Promise(done => setTimeout(done, 200))
  await folder.remove()
})

interface Report {
  id: string
  name: string
  site: string | null
  enrolled: boolean
  models: { model: string; reports: number | null; wanted: number | null }[]
}

const publishing = (...words: string[]) => ['publishing', ...words]
const status = (state: string) => json<Report>('agent', 'status', '--state', at(state))
const runs = async (state: string) => (await status(state)).models[0]?.reports ?? null
const predict = async (address: string) => {
  const row = {
    location: 'Seattle',
    date: '2026-11-21',
    precipitation: 2.5,
    temp_max: 8.1,
    temp_min: 4.4,
    wind: null,
  }
  const answer = await fetch(`${address}/v1/models/weather:predict`, {
    method: 'POST',
    body: JSON.stringify({ instances: [row] }),
  })
  return [answer.status, answer.headers.get('x-edgewright-version')]
}

/** One sentence, what to do, nothing on the other stream. */
async function fails(words: string[], message: RegExp, code = 1) {
  const { code: ended, out, err } = await run(...words)
  expect(err).toMatch(message)
  expect([ended, out]).toEqual([code, ''])
  expect(err).not.toMatch(/\n\s+at /)
  const lines = err
    .trimEnd()
    .split('\n')
    .filter(line => !/^\s*\d+% /.test(line))
  expect(lines.length).toBeLessThanOrEqual(3)
  if (code === 1) expect(lines.at(-1)?.trim()).toMatch(/[.?]$/)
}

/** An agent in a process of its own. */
async function box(name: string, repo: string, ...more: string[]) {
  const child = start(
    'agent',
    'start',
    '--repo',
    repo,
    '--state',
    at(name),
    '--port',
    '0',
    '--name',
    name,
    ...more,
  )
  going.push(child)
  const [, code, address] = await printed(child, /code (\d{4}-\d{4}).* answers at (http:\S+)/)
  return { name, code: code as string, address: address as string }
}

/** A plain web server: it gives files and takes none. */
async function staticServer(root: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = join(root, normalize(decodeURIComponent(request.url ?? '/').split('?')[0] as string))
    const found = request.method === 'GET' ? statSync(path, { throwIfNoEntry: false }) : undefined
    if (!found?.isFile()) return void response.writeHead(found ? 403 : 404).end()
    response.end(readFileSync(path))
  })
  servers.push(server)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the commands of sites, devices and sticks, as they are written', async () => {
  const data = join(import.meta.dirname, '../../node_modules/vega-datasets/data/weather.csv')
  await json('dataset', 'import', data, '--name', 'weather', '--workspace', 'shop')
  for (const epochs of ['1', '2'])
    await json(
      'training',
      'start',
      '--dataset',
      'weather',
      '--label',
      'weather',
      '--name',
      'weather',
      '--epochs',
      epochs,
    )

  // Two sites; a folder, the publisher's own server and a plain one lead to the same.
  await json(...publishing('init', '--site', 'plant-1'))
  await json(...publishing('init', '--site', 'yard'))
  const host = start(...publishing('host', '--json'))
  going.push(host)
  const [, hosted] = await printed(host, /"address": "(http:[^"]+)"/)
  await json<Release>(...publishing('publish', '--model', 'weather@1', '--to', 'plant-1'))
  await json<Release>(...publishing('publish', '--model', 'weather@1', '--to', 'yard'))
  const own = at('shop/repository')
  const site = ['--site', 'plant-1']
  const boxes = await Promise.all([
    box('folder', own, ...site),
    box('http', hosted as string, ...site),
    box('static', await staticServer(own), ...site),
  ])
  for (const { name } of boxes)
    await expect.poll(() => runs(name), { timeout: 30_000, interval: 500 }).toBe(1)

  // Approved by digits; who only takes is approved by its request.
  for (const { code } of boxes.slice(0, 2))
    await json(...publishing('device', 'approve', code, '--group', 'line'))
  const [asked] = (await run('agent', 'export', '--state', at('static'), '--out', at('hand'))).out.split('\n')
  const { code } = boxes[2] as (typeof boxes)[number]
  await json(...publishing('device', 'approve', code, '--request', asked as string))
  const { devices } = await json<{ devices: Device[] }>(...publishing('device', 'list'))
  expect(devices.map(each => [each.name, each.enrolled, each.groups]).sort()).toEqual([
    ['folder', true, ['line']],
    ['http', true, ['line']],
    ['static', true, []],
  ])

  // A part first, held, then all; back by the operator and by hand.
  const { rollout } = await json<Release>(
    ...publishing('publish', '--model', 'weather@v2', '--to', 'plant-1', '--canary', '20%'),
  )
  expect(rollout).toMatchObject({ version: 2, unit: 'device', state: 'running' })
  expect(rollout?.members).toHaveLength(1)
  const names = async () => (await Promise.all(boxes.map(({ name }) => runs(name)))).sort()
  await expect.poll(names, { timeout: 30_000, interval: 500 }).toEqual([1, 1, 2])
  // The other site has nothing on its way, so that it need not be said which is meant.
  expect((await json<SiteModel>(...publishing('hold', '--model', 'weather'))).rollout?.state).toBe('paused')
  expect(await json<SiteModel>(...publishing('promote', '--model', 'weather'))).toMatchObject({
    site: 'plant-1',
    stable: 2,
  })
  await expect.poll(names, { timeout: 30_000, interval: 500 }).toEqual([2, 2, 2])
  await fails(
    publishing('publish', '--model', 'weather@2', '--to', 'plant-1', '--canary', '20'),
    /has weather v2 already/,
  )

  const [first] = boxes
  expect(await run('agent', 'switch', '1', '--state', at('folder'))).toMatchObject({
    code: 0,
    out: 'weather runs v1\n',
  })
  expect(await predict(first.address)).toEqual([200, '1'])
  expect(await json('agent', 'switch', 'weather@v1', '--state', at('folder'))).toEqual({
    model: 'weather',
    version: 1,
  })
  expect(await run('agent', 'rollback', '--state', at('folder'))).toMatchObject({
    code: 0,
    out: 'weather runs v2\n',
  })
  expect(await json<SiteModel>(...publishing('rollback', '--model', 'weather', ...site))).toMatchObject({
    stable: 1,
  })
  await expect.poll(names, { timeout: 30_000, interval: 500 }).toEqual([1, 1, 1])

  // A box that only sees sticks.
  mkdirSync(at('usb'))
  const pack = at('usb/SITE-yard.edgepack')
  await json<Packed>(...publishing('pack', '--site', 'yard', '--out', pack))
  const taken = await run('agent', 'ingest', pack, '--state', at('stick'), '--name', 'crane')
  expect(taken.out).toMatch(/^crane: weather v1 active; .*asks to be approved with the code \d{4}-\d{4}\n$/)
  expect(readFileSync(at('usb/RESULT.txt'), 'utf8')).toMatch(/^crane: weather v1 active/)
  const crane = await status('stick')
  expect(crane).toMatchObject({ name: 'crane', site: 'yard', enrolled: false })
  const [, digits] = /code (\d{4}-\d{4})/.exec(taken.out) as RegExpExecArray
  await json(
    ...publishing('device', 'approve', digits as string, '--request', at(`usb/enrol-${crane.id}.req`)),
  )
  const [back] = readdirSync(at('usb/return'))
  expect(await json(...publishing('receive', at('usb/return', back as string)))).toMatchObject({
    whole: true,
  })
  expect(await json(...publishing('receive', at('usb/return', back as string)))).toMatchObject({
    newRecords: 0,
  })
  expect((await run(...publishing('device', 'show', 'crane'))).out).toMatch(/weather/)

  // What is wrong is one sentence and what to do; nothing is kept, and what runs goes on.
  const there = ['--state', at('folder')]
  for (const state of ['folder', 'stick'])
    await fails(
      ['agent', 'ingest', at('gone/x.edgepack'), '--state', at(state)],
      /There is no pack .*\nCheck the path/,
    )
  await fails(['agent', 'ingest', at('gone/x.edgepack'), '--state', at('never')], /There is no pack/)
  expect([existsSync(at('gone')), existsSync(at('never'))]).toEqual([false, false])
  await fails(['agent', 'ingest', at('usb'), ...there], /is a folder/)
  await fails(
    ['agent', 'ingest', pack, ...there],
    /for the site yard.*\nBring the stick that was made for plant-1/,
  )
  mkdirSync(at('half'))
  await copyFile(pack, at('half/half.edgepack'))
  truncateSync(at('half/half.edgepack'), 20_000)
  await fails(['agent', 'ingest', at('half/half.edgepack'), '--state', at('stick')], /is not whole/)
  expect(readFileSync(at('half/RESULT.txt'), 'utf8')).not.toMatch(/\.;/)
  await fails(['agent', 'switch', '9', ...there], /weather v9 is not on this device.*\n\S/)
  await fails(['agent', 'switch', 'nine', ...there], /number of a version/, 2)
  await fails(['agent', 'start', '--repo', own, '--site', 'No', '--state', at('never')], /small letters/, 2)
  // A file system that takes no folders, on which a recursive mkdir never ends.
  if (process.platform === 'linux') {
    await fails(publishing('pack', '--site', 'yard', '--out', '/proc/yard.edgepack'), /not there/)
    await fails(['agent', 'export', '--state', at('stick'), '--out', '/proc/usb'], /not there/)
  }
  // Whoever offers a repository may publish to its address.
  const offered = ['--to', hosted as string, '--site', 'yard']
  await json<Release>(...publishing('publish', '--model', 'weather@2', ...offered))
  await fails(['agent', 'status', '--state', at('nowhere')], /There is no device/)
  writeFileSync(at('text.edgeback'), 'hello')
  await fails(publishing('receive', at('text.edgeback')), /text.edgeback/)
  await fails(publishing('promote', '--model', 'sun'), /sun is published at none of the sites/)
  await fails(publishing('publish', '--model', 'weather@7', '--to', 'plant-1'), /no version 7/)
  await fails(
    publishing('publish', '--model', 'weather', '--to', 'plant-1', '--group', 'moon'),
    /No device .* "moon"/,
  )
  expect((await run(...publishing('keys', 'drill'))).code).toBe(0)
  expect(await predict(first.address)).toEqual([200, '1'])
}, 180_000)
