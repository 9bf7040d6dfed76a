import type { DeviceLatency, Hash, RunId } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { now } from '../../kit/index.ts'
import type { OptimizationRoom } from '../../optimization/index.ts'
import { collection, type Store } from '../../store/index.ts'
import type { TrainingRoom } from '../../training/index.ts'
import { askForLatency } from './askForLatency.ts'
import type { Measured } from './deviceOf.ts'
import { fileOf } from './fileOf.ts'

/** Sends variants to devices to be timed there, and keeps what came out. */
export function openMeasuring({
  store,
  training,
  optimization,
  deviceOf,
}: {
  store: Store
  training: TrainingRoom
  optimization: OptimizationRoom
  /** The device that a person means. */
  deviceOf(device: string): Promise<Measured>
}): Pick<Doors['publishing'], 'measure' | 'measured'> {
  const latencies = collection<DeviceLatency>(store.db, 'device_latency')
  const subjectOf = (run: RunId | null) => run ?? 'file'

  return {
    async measure({ model, variant, device, runs }, job) {
      const on = await deviceOf(device)
      const file = await fileOf({ store, training, optimization }, model, variant, job)
      if (file.kind) job.uses(file.variant)
      const { device: machine, ...latency } = await askForLatency(on, file, runs, job)
      const { id, name, address } = on
      const { path: _path, ...what } = file
      const kept: DeviceLatency = {
        ...latency,
        ...what,
        id: job.id,
        model,
        device: { ...machine, id, name, address },
        at: now(),
      }
      latencies.put(kept, subjectOf(file.run))
      job.log(`${file.title} takes ${kept.median.toFixed(2)} ms a row on ${name} (${kept.runtime}).`)
      return kept
    },
    async measured({ run, variant }: { run?: RunId; variant?: Hash }) {
      const all = latencies.list(run && subjectOf(run))
      return { latencies: variant ? all.filter(each => each.variant === variant) : all }
    },
  }
}
