import type {
  DatasetVersion,
  Device,
  Engine,
  Evaluation,
  Job,
  Release,
  Run,
  Statistics,
  Validation,
  Variant,
} from '#contract'
import { followJob } from '../cli/index.ts'
import { fail } from '../engine/kit/index.ts'

/** What the journey made, and how long each stage took, in seconds. */
export interface Journey {
  dataset: string
  rows: number
  columns: number
  splits: number
  anomalies: number
  blocking: number
  model: string
  version: number
  epochs: number
  backend: string
  testRows: number
  accuracy: number
  accuracyAfter: number
  bytesBefore: number
  bytesAfter: number
  sequence: number
  key: string
  device: { name: string; address: string; version: number }
  answer: unknown
  answerMilliseconds: number
  seconds: Record<string, number>
}

/** How long a device may take to serve a release that is in its repository, in milliseconds. */
const SERVING_WITHIN = 30_000

/** From the sample's file to a device that answers, through the same calls as the window's. */
export async function journey(
  engine: Engine,
  { epochs, quiet }: { epochs: number; quiet: boolean },
): Promise<Journey> {
  const seconds: Record<string, number> = {}
  const began = performance.now()

  /** One stage: says what it does, does it, says what came of it. */
  async function stage<T>(
    name: string,
    does: string,
    run: () => Promise<T>,
    came: (result: T) => string,
  ): Promise<T> {
    const start = performance.now()
    const result = await run()
    seconds[name] = (performance.now() - start) / 1000
    if (!quiet)
      process.stdout.write(
        `${does.padEnd(22)} ${`${seconds[name].toFixed(1)} s`.padStart(7)}  ${came(result)}\n`,
      )
    return result
  }
  const work = async <T>(job: Promise<Job>) => (await followJob(engine, await job, quiet)) as T

  const { samples } = await engine.dataset.samples({})
  const sample = samples[0]
  if (!sample)
    throw fail('not-found', 'No sample ships with this copy.', 'Install the packages again with npm ci.')

  const data = await stage(
    'import',
    'Import',
    () => work<DatasetVersion>(engine.dataset.import({ file: sample.file, name: sample.name })),
    version => `${version.rows.toLocaleString('en-US')} rows, ${version.columns.length} columns`,
  )
  const statistics = await stage(
    'statistics',
    'Statistics',
    () => work<Statistics>(engine.statistics.compute({ data: data.dataset })),
    made => `${made.features.length} features`,
  )
  const validation = await stage(
    'validation',
    'Schema and check',
    async () => {
      await work(engine.validation.infer({ data: data.dataset }))
      return work<Validation>(engine.validation.check({ data: data.dataset }))
    },
    made => `${made.anomalies.length} anomalies, verdict ${made.verdict}`,
  )
  const run = await stage(
    'training',
    'Train',
    () =>
      work<Run>(
        engine.training.start({
          dataset: data.dataset,
          label: sample.label,
          without: sample.leaveOut,
          name: sample.name,
          epochs,
        }),
      ),
    made => `${made.epochs.length} epochs on ${made.backend}, best at ${made.best}`,
  )
  const evaluation = await stage(
    'evaluation',
    'Evaluate',
    () => work<Evaluation>(engine.evaluation.run({ run: run.id })),
    made =>
      `accuracy ${(made.metrics.accuracy ?? 0).toFixed(4)} on ${made.rows.toLocaleString('en-US')} rows`,
  )
  const frozen = await stage(
    'freeze',
    'Freeze',
    () => work<Variant>(engine.optimization.freeze({ model: run.id })),
    made =>
      `${made.bytes.toLocaleString('en-US')} bytes, largest difference ${made.compared?.maxDifference.toExponential(1)}`,
  )
  const small = await stage(
    'quantize',
    '8-bit weights',
    () => work<Variant>(engine.optimization.convert({ model: run.id, to: 'graphdef', quantize: 'dynamic' })),
    made =>
      `${made.bytes.toLocaleString('en-US')} bytes, accuracy ${(made.compared?.after.accuracy ?? 0).toFixed(4)}`,
  )
  const release = await stage(
    'publish',
    'Publish',
    () => work<Release>(engine.publishing.publish({ model: run.model, variant: 'dynamic-range' })),
    made => `${made.model} v${made.version}, signed`,
  )
  const started = await engine.publishing.startAgent({ name: 'demo device', repository: release.to })
  try {
    const device = await stage(
      'device',
      'Device',
      () => serving(engine, started.id, release),
      made => `${made.name} serves v${release.version} at ${made.address}`,
    )
    const { rows, columns } = await engine.dataset.rows({ name: data.dataset, split: 'test', limit: 1 })
    const known = new Set([sample.label, ...sample.leaveOut])
    const instance = Object.fromEntries(
      columns.map((column, i) => [column.name, rows[0]?.[i]]).filter(([name]) => !known.has(name as string)),
    )
    const asked = performance.now()
    const answer = await stage(
      'predict',
      'Ask it over REST',
      () => predict(device.address as string, release.model, instance),
      made => JSON.stringify(made).slice(0, 100),
    )
    const answerMilliseconds = performance.now() - asked
    seconds.all = (performance.now() - began) / 1000
    return {
      dataset: data.dataset,
      rows: data.rows,
      columns: data.columns.length,
      splits: Object.keys(statistics.splits).length,
      anomalies: validation.anomalies.length,
      blocking: validation.anomalies.filter(each => each.severity === 'error' && !each.accepted).length,
      model: release.model,
      version: release.version,
      epochs: run.epochs.length,
      backend: run.backend ?? 'none',
      testRows: evaluation.rows,
      accuracy: evaluation.metrics.accuracy ?? Number.NaN,
      accuracyAfter: small.compared?.after.accuracy ?? Number.NaN,
      bytesBefore: frozen.bytes,
      bytesAfter: small.bytes,
      sequence: release.sequence,
      key: release.key,
      device: { name: device.name, address: device.address ?? '', version: release.version },
      answer,
      answerMilliseconds,
      seconds,
    }
  } finally {
    await engine.publishing.stopAgent({ id: started.id })
  }
}

/** Waits until a device serves a release. */
async function serving(engine: Engine, id: string, release: Release): Promise<Device> {
  const stop = AbortSignal.timeout(SERVING_WITHIN)
  for await (const { devices } of await engine.publishing.watch({}, { signal: stop })) {
    const device = devices.find(each => each.id === id)
    const model = device?.models.find(each => each.model === release.model)
    if (model?.failure) throw fail(model.failure.code, model.failure.message, model.failure.remedy)
    if (device?.address && model?.state === 'serving' && model.reports === release.version) return device
  }
  throw fail(
    'unreachable',
    `The device did not serve ${release.model} v${release.version} within ${SERVING_WITHIN / 1000} s.`,
    'Run the demo again; if it stays, start an agent by hand and read what it says.',
  )
}

/** One prediction by the device's own REST address, as any program on the network would ask for it. */
async function predict(address: string, model: string, instance: Record<string, unknown>): Promise<unknown> {
  const response = await fetch(`${address}/v1/models/${encodeURIComponent(model)}:predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [instance] }),
  })
  const body = (await response.json()) as { predictions?: unknown[]; error?: string }
  if (!response.ok)
    throw fail(
      'bad-input',
      `The device refused to predict: ${body.error}`,
      'Read its log in the publishing page.',
    )
  return body.predictions?.[0]
}
