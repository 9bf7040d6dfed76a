import type { DeviceLatency } from '#contract'
import { bytes, fixed, moment } from '../../ui/format.ts'

/** A device with what was measured there. */
export interface DeviceFigures {
  /** Its id, or its address where it reports to no repository known here. */
  key: string
  /** Its name, with its address where another has the same name. */
  name: string
  address: string
  processor: string
  /** By variant, the newest of each. */
  latencies: ReadonlyMap<string, DeviceLatency>
}

/** An address as a person reads it: `crane-02.local:8501`. */
const shortAddress = (address: string): string => address.replace(/^https?:\/\/|\/$/g, '')

/** Names as they stand side by side: one that several have is told apart by the address. */
export function distinctNames(devices: readonly { name: string; address: string }[]): string[] {
  return devices.map(({ name, address }) =>
    devices.filter(other => other.name === name).length > 1 ? `${name}, ${shortAddress(address)}` : name,
  )
}

/**
 * The devices that have figures of these variants, by name.
 * @param latencies newest first, as the engine tells them
 */
export function deviceFigures(
  latencies: readonly DeviceLatency[],
  variants: readonly { id: string }[],
): DeviceFigures[] {
  const wanted = new Set(variants.map(({ id }) => id))
  const byDevice = new Map<string, DeviceLatency[]>()
  for (const latency of latencies) {
    if (!wanted.has(latency.variant)) continue
    const key = latency.device.id ?? latency.device.address
    byDevice.set(key, [...(byDevice.get(key) ?? []), latency])
  }
  const found = [...byDevice].map(([key, list]) => {
    const { name, address, processor } = (list[0] as DeviceLatency).device
    // Set from the oldest on, so that the newest stays.
    return {
      key,
      name,
      address,
      processor,
      latencies: new Map(list.toReversed().map(one => [one.variant as string, one])),
    }
  })
  const names = distinctNames(found)
  return found
    .map((one, at) => ({ ...one, name: names[at] as string }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key))
}

/** Milliseconds in as many digits as they are worth. */
export const millisText = (n: number): string => fixed(n, n < 0.1 ? 3 : n < 1 ? 2 : 1)

/** All that is known of a measured latency, a fact a line. */
export function latencyText({ p95, runs, peakBytes, runtime, device, at }: DeviceLatency): string {
  return [
    `p95 ${millisText(p95)} ms, ${runs} runs`,
    `${bytes(peakBytes)} at most, the runtime included`,
    runtime,
    device.processor,
    moment(at),
  ].join('\n')
}
