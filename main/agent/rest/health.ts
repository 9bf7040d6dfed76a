import { Hono, type MiddlewareHandler } from 'hono'
import type { DeviceDoor } from '../door.ts'

/** A label of the exposition format: backslash, quote and line feed are escaped. */
const label = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** What is true of now is nothing to be kept on the way. */
const fresh: MiddlewareHandler = async (c, next) => {
  c.header('cache-control', 'no-store')
  await next()
}

/**
 * `GET /healthz` answers 200 while the agent is alive: one that waits for its first release is, and one whose model does
 * not load has nothing to win by being started again. `GET /readyz` answers 200 while every model that the device should
 * have answers, else 503: who sends questions asks it. Both say the same of it, as Kubernetes parts liveness from
 * readiness (https://kubernetes.io/docs/concepts/workloads/pods/probes/). `GET /metrics` tells figures in Prometheus'
 * text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */
export function healthDoor(device: DeviceDoor): Hono {
  const door = new Hono()
  const told = () => {
    const { models, failure } = device.report()
    const silent = models.filter(model => model.reports === null).map(({ model }) => model)
    const ready = models.length > 0 && silent.length === 0
    return { alive: true, ready, waiting: models.length === 0, silent, failure: failure?.message ?? null }
  }
  door.use('/healthz', fresh).use('/readyz', fresh)
  door.get('/healthz', c => c.json(told()))
  door.get('/readyz', c => {
    const state = told()
    if (!state.ready) c.header('retry-after', '1')
    return c.json(state, state.ready ? 200 : 503)
  })
  door.get('/metrics', c => {
    const { models, runtime, waiting } = device.report()
    const lines: string[] = []
    const metric = (
      name: string,
      kind: 'counter' | 'gauge',
      help: string,
      rows: [string, number | null][],
    ) => {
      lines.push(`# HELP edgewright_${name} ${help}`, `# TYPE edgewright_${name} ${kind}`)
      for (const [labels, value] of rows)
        if (value !== null) lines.push(`edgewright_${name}${labels} ${value}`)
    }
    const of = (pick: (model: (typeof models)[number]) => number | null): [string, number | null][] =>
      models.map(model => [`{model="${label(model.model)}"}`, pick(model)])
    metric(
      'predictions_total',
      'counter',
      'Rows answered since the start.',
      of(model => model.predictions),
    )
    metric(
      'errors_total',
      'counter',
      'Requests that got no answer since the start.',
      of(model => model.errors),
    )
    metric(
      'version',
      'gauge',
      'Version that answers.',
      of(model => model.reports),
    )
    metric(
      'wanted_version',
      'gauge',
      'Version that is wanted here.',
      of(model => model.wanted),
    )
    metric(
      'latency_milliseconds_p50',
      'gauge',
      'Median time of the last 200 requests.',
      of(model => model.p50),
    )
    metric('memory_bytes', 'gauge', 'Memory of the agent.', [['', runtime.memoryBytes]])
    metric('waiting_records', 'gauge', 'Records that the publisher has not taken yet.', [
      ['', waiting?.records ?? null],
    ])
    return c.body(`${lines.join('\n')}\n`, 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  })
  return door
}
