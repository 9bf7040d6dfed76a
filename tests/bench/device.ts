import { writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { temporaryFolder } from '../contract/house.ts'
import { bearingsCsv } from '../e2e/table.ts'
import { printed, terminal } from '../e2e/terminal.ts'
import { type Figure, figure, quantile } from './measure.ts'

const SWITCHES = 5
const CLIENTS = 4

/** How long a device takes to change versions, and what its callers notice of it, under a load that never stops. */
export async function device(): Promise<Figure[]> {
  const folder = temporaryFolder()
  const { json, start } = terminal(join(folder.path, 'home'), folder.path)
  const repository = join(folder.path, 'repository')
  writeFileSync(join(folder.path, 'bearings.csv'), bearingsCsv(2000))
  await json('dataset', 'import', 'bearings.csv', '--workspace', join(folder.path, 'workspace'))
  for (const seed of ['1', '2'])
    await json(
      ...['training', 'start', '--dataset', 'bearings', '--label', 'worn', '--name', 'wear'],
      ...['--without', 'serial', '--epochs', '2', '--seed', seed],
    )
  const publish = (version: number) =>
    json('publishing', 'publish', '--model', 'wear', '--version', String(version), '--to', repository)
  await publish(1)

  const agent = start(
    'agent',
    'start',
    '--repo',
    repository,
    '--state',
    join(folder.path, 'device'),
    '--port',
    '0',
  )
  const keepAlive = new Agent({ keepAlive: true, maxSockets: CLIENTS + 1 })
  try {
    const [address] = await printed(agent, /http:\/\/[\d.]+:\d+/)
    const instance = { temperature: 60, load: 5, 'Mounting, side': 'top', measured: '2026-05-01' }
    const ask = (path: string, body?: unknown) =>
      new Promise<{ status: number; text: string }>(done => {
        const going = request(
          `${address}${path}`,
          { method: body ? 'POST' : 'GET', agent: keepAlive },
          response => {
            let text = ''
            response.on('data', data => {
              text += data
            })
            response.on('end', () => done({ status: response.statusCode ?? 0, text }))
          },
        )
        going.on('error', error => done({ status: 0, text: error.message }))
        going.end(body ? JSON.stringify(body) : undefined)
      })
    const running = async () => {
      const { text } = await ask('/v1/edgewright/state')
      return (JSON.parse(text) as { models: { reports: number | null }[] }).models[0]?.reports
    }
    const until = async (version: number) => {
      while ((await running()) !== version) await new Promise(done => setTimeout(done, 5))
    }
    await until(1)

    let loading = true
    let failed = 0
    const reasons = new Map<string, number>()
    const milliseconds: number[] = []
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (loading) {
        const began = performance.now()
        const { status, text } = await ask('/v1/models/wear:predict', { instances: [instance] })
        milliseconds.push(performance.now() - began)
        if (status === 200) continue
        failed++
        reasons.set(`${status} ${text}`, (reasons.get(`${status} ${text}`) ?? 0) + 1)
      }
    })
    const switches: number[] = []
    for (let i = 0; i < SWITCHES; i++) {
      // The release of a version that the device has just left is a new one, and it fetches only what it lacks.
      const version = i % 2 === 0 ? 2 : 1
      await publish(version)
      const began = performance.now()
      await until(version)
      switches.push((performance.now() - began) / 1000)
    }
    loading = false
    await Promise.all(clients)
    for (const [reason, times] of reasons) console.log(`  failed ${times} times: ${reason}`)
    return [
      figure('release in place to the new version answering', 's', switches),
      figure(`requests that failed, of ${milliseconds.length}`, 'requests', [failed], 0),
      figure('prediction under load, median', 'ms', [quantile(milliseconds, 0.5)]),
      figure('prediction under load, 99th percentile', 'ms', [quantile(milliseconds, 0.99)]),
    ]
  } finally {
    agent.kill('SIGTERM')
    keepAlive.destroy()
    folder.remove()
  }
}
