import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { Usage } from '#contract'

/** Between two looks at the GPUs, in milliseconds. */
const GPUS_EVERY = 5000

/**
 * What containers take, once a second, summed up, until the signal stops. Ends by itself with them, and says nothing
 * where it cannot be known: a run does not fail for its meter.
 */
export async function meter(
  containers: Docker.Container[],
  { gpus, tell, signal }: { gpus: boolean; tell(usage: Usage): void; signal: AbortSignal },
): Promise<void> {
  const now = containers.map((): Usage | null => null)
  let devices: Usage['gpus'] = []
  const watchGpus = async () => {
    while (!signal.aborted) {
      devices = await gpusIn(containers[0] as Docker.Container).catch(() => [])
      await wait(GPUS_EVERY, null, { signal })
    }
  }
  const watch = async (container: Docker.Container, i: number) => {
    const stream = (await container.stats({ stream: true, abortSignal: signal } as {
      stream: true
    })) as unknown as Readable
    for await (const text of createInterface({ input: stream })) {
      now[i] = usageOf(JSON.parse(text) as Docker.ContainerStats)
      if (i === 0 && now[0]) tell(sum(now, devices))
    }
  }
  await Promise.allSettled([...containers.map(watch), ...(gpus ? [watchGpus()] : [])])
}

/** As `docker stats` reckons: share of the processor time between two looks, and memory without what is only cached. */
export function usageOf({ cpu_stats, precpu_stats, memory_stats }: Docker.ContainerStats): Usage | null {
  const spent = cpu_stats.cpu_usage.total_usage - (precpu_stats.cpu_usage?.total_usage ?? 0)
  const passed = (cpu_stats.system_cpu_usage ?? 0) - (precpu_stats.system_cpu_usage ?? 0)
  if (!memory_stats?.usage) return null
  const stats = memory_stats.stats as unknown as Record<string, number> | undefined
  const cached = stats?.total_inactive_file ?? stats?.inactive_file ?? 0
  const cores = cpu_stats.online_cpus || cpu_stats.cpu_usage.percpu_usage?.length || 1
  return {
    cpu: precpu_stats.system_cpu_usage && passed > 0 && spent > 0 ? (spent / passed) * cores : 0,
    memoryBytes: memory_stats.usage - cached,
    memoryLimit: memory_stats.limit ?? null,
    gpus: [],
  }
}

function sum(usages: (Usage | null)[], gpus: Usage['gpus']): Usage {
  const known = usages.filter(usage => usage !== null)
  return {
    cpu: known.reduce((all, { cpu }) => all + cpu, 0),
    memoryBytes: known.reduce((all, { memoryBytes }) => all + memoryBytes, 0),
    memoryLimit: known[0]?.memoryLimit ?? null,
    gpus,
  }
}

const QUERY = [
  'nvidia-smi',
  '--query-gpu=name,utilization.gpu,memory.used,memory.total',
  '--format=csv,noheader,nounits',
]

/** Asks the driver's own tool, which the toolkit puts into containers that have GPUs. */
async function gpusIn(container: Docker.Container): Promise<Usage['gpus']> {
  const exec = await container.exec({ Cmd: QUERY, AttachStdout: true })
  const stream = await exec.start({})
  const cut = openOutput()
  let text = ''
  for await (const chunk of stream) text += cut(chunk as Buffer)
  return gpusFrom(text)
}

/** @param text lines of `name, percent, MiB used, MiB in all` */
export function gpusFrom(text: string): Usage['gpus'] {
  return text.split('\n').flatMap(line => {
    const parts = line.split(',').map(part => part.trim())
    const [share, used, all] = parts.slice(-3).map(Number) as [number, number, number]
    const name = parts.slice(0, -3).join(', ')
    if (!name || ![used, all].every(Number.isFinite)) return []
    // A GPU that is split into parts tells no share.
    return [
      {
        name,
        share: Number.isFinite(share) ? share / 100 : 0,
        memoryBytes: used * 2 ** 20,
        memoryLimit: all * 2 ** 20,
      },
    ]
  })
}

/** The output of `exec` comes in frames without times. */
function openOutput(): (chunk: Buffer) => string {
  let rest = Buffer.alloc(0)
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    let text = ''
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
      const end = 8 + rest.readUInt32BE(4)
      if (rest[0] === 1) text += rest.toString('utf8', 8, end)
      rest = rest.subarray(end)
    }
    return text
  }
}
