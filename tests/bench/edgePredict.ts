import { Agent, createServer, type RequestListener, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { DeviceDoor } from '../../main/agent/door.ts'
import type { Measuring } from '../../main/agent/measure/index.ts'
import { restDoor } from '../../main/agent/rest/index.ts'
import { answerOf, readQuestion } from '../../main/agent/rest/request.ts'
import { openServing } from '../../main/agent/serving/index.ts'
import { openGraphNet } from '../../main/agent/serving/nets/graphNet.ts'
import { openLiteNet } from '../../main/agent/serving/nets/liteNet.ts'
import type { Net } from '../../main/agent/serving/nets/net.ts'
import { temporaryFolder } from '../contract/house.ts'
import { MODEL, picture, type Sample, table, written } from './edgeNets.ts'
import { type Figure, figure, quantile } from './measure.ts'

const CALLS = 3000
const MANY = 256
const PROMISED = 10

/**
 * What an agent adds to the bare runtime, which is what a person writes by hand for one net: parse the request, encode it
 * by code that knows this net, run it, answer; in one process, and as who asks over HTTP on the same machine sees it. The
 * net alone, on a row that is encoded already, stands beside it.
 */
export async function edgePredict(): Promise<Figure[]> {
  const folder = temporaryFolder()
  try {
    return [
      ...(await compare(folder.path, 'table of 12 columns, 64-32-2', table())),
      ...(await compare(folder.path, 'picture of 96 × 96 × 3, 4 convolutions', picture())),
    ]
  } finally {
    folder.remove()
  }
}

async function compare(folder: string, name: string, sample: Sample): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const runtime of ['TensorFlow.js', 'LiteRT.js'] as const) {
    const release = written(join(folder, `${name} ${runtime}`.replace(/\W+/g, '-')), sample, runtime)
    const { width } = sample.transform
    const net: Net =
      runtime === 'LiteRT.js'
        ? await openLiteNet(release.files['model.tflite'] as string, width)
        : await openGraphNet(release.files['graph.pb'] as string, 'x', 'out', width)
    const serving = openServing({ answered() {}, failed() {}, captured() {} })
    await serving.load(release)
    serving.serve(MODEL, { primary: 1, candidate: null })

    const byHand = handWritten(net, sample)
    const byAgent = (body: string) => {
      const question = readQuestion(JSON.parse(body), undefined, serving.model(MODEL))
      return JSON.stringify(answerOf(question, serving.ask(MODEL, undefined, question)))
    }
    const one = JSON.stringify({ instances: [sample.row] })
    if (byHand(one) !== byAgent(one)) throw new Error(`${byHand(one)} is not ${byAgent(one)}`)
    const encoded = sample.encode([sample.row])
    const what = `${name}, ${runtime}`
    const added = (how: string, base: string, times: [number, number], bound?: number) =>
      figures.push(
        figure(`${what}, ${how}: ${base}`, 'ms', [times[0]]),
        figure(`${what}, ${how}: agent`, 'ms', [times[1]]),
        figure(
          `${what}, ${how}: added to ${base === 'by hand' ? 'one ' : 'the '}${base}`,
          '%',
          [100 * (times[1] / times[0] - 1)],
          bound,
        ),
      )

    const [alone, hand, agent] = await medians(CALLS, [
      () => void net.run(encoded, 1),
      () => void byHand(one),
      () => void byAgent(one),
    ])
    const isPicture = sample.transform.features[0]?.kind === 'image'
    added('one row', 'net alone', [alone, agent] as [number, number], isPicture ? PROMISED : undefined)
    added('one row', 'by hand', [hand, agent] as [number, number], PROMISED)
    if (!isPicture) {
      const rows = JSON.stringify({ instances: new Array(MANY).fill(sample.row) })
      const times = await medians(CALLS / 4, [() => void byHand(rows), () => void byAgent(rows)])
      added(`${MANY} rows`, 'by hand', times as [number, number], PROMISED)
    }
    const door = restDoor({ token: 'token' } as DeviceDoor, serving, {} as Measuring)
    added('over HTTP', 'by hand', await overHttp(one, [answering(byHand), door]), PROMISED)
    net.dispose()
    await serving.close()
  }
  return figures
}

/** What answers for one net, as short as it can be. */
function handWritten(net: Net, { encode, label: { classes } }: Sample): (body: string) => string {
  return body => {
    const { instances } = JSON.parse(body)
    const outputs = net.run(encode(instances), instances.length)
    const predictions: object[] = []
    for (let row = 0, at = 0; row < instances.length; row++, at += classes.length) {
      const scores: Record<string, number> = {}
      let best = 0
      for (let i = 0; i < classes.length; i++) {
        scores[classes[i] as string] = outputs[at + i] as number
        if ((outputs[at + i] as number) > (outputs[at + best] as number)) best = i
      }
      predictions.push({ class: classes[best], scores })
    }
    return JSON.stringify({ predictions })
  }
}

/** A server of nothing but that. */
const answering =
  (answer: (body: string) => string): RequestListener =>
  (incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const said = answer(Buffer.concat(chunks).toString())
      outgoing.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(said),
      })
      outgoing.end(said)
    })
  }

async function overHttp(
  body: string,
  listeners: [RequestListener, RequestListener],
): Promise<[number, number]> {
  const servers: Server[] = []
  const connections = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (const listener of listeners) {
      const server = createServer(listener)
      await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
      servers.push(server)
    }
    const asks = servers.map(server => () => {
      const { port } = server.address() as AddressInfo
      return new Promise<void>((done, failed) => {
        const asked = request(
          {
            ...{ host: '127.0.0.1', port, method: 'POST', path: `/v1/models/${MODEL}:predict` },
            ...{ agent: connections, headers: { 'content-length': Buffer.byteLength(body) } },
          },
          answer => {
            if (answer.statusCode !== 200) failed(new Error(`${answer.statusCode}`))
            answer.resume().on('end', done)
          },
        )
        asked.on('error', failed)
        asked.end(body)
      })
    })
    return (await medians(CALLS, asks)) as [number, number]
  } finally {
    connections.destroy()
    for (const server of servers) server.close()
  }
}

/** Median milliseconds of each, in turns, so that what else the machine does falls on all. */
async function medians(calls: number, runs: (() => void | Promise<void>)[]): Promise<number[]> {
  const times: number[][] = runs.map(() => [])
  const until = performance.now() + 12_000
  for (let turn = 0; turn < calls && performance.now() < until; turn++) {
    for (let nth = 0; nth < runs.length; nth++) {
      // None of them always comes first, or when the others have used up the slice of time that a busy machine gives.
      const i = (turn + nth) % runs.length
      const began = performance.now()
      const asked = runs[i]?.()
      if (asked) await asked
      times[i]?.push(performance.now() - began)
    }
    // What is done after an answer has its turn.
    if (turn % 50 === 0) await new Promise(done => setImmediate(done))
  }
  // The first fill caches and compile code.
  return times.map(each => quantile(each.slice(Math.floor(each.length / 5)), 0.5))
}
