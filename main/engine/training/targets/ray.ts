import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TargetSpec } from '#contract'
import { fail } from '../../kit/index.ts'
import { FILES, type Work } from '../work.ts'
import { rayApi } from './ray/api.ts'
import { checkRay } from './ray/check.ts'
import { follow, unreachable } from './ray/follow.ts'
import { Lost } from './ray/http.ts'
import { resultOf } from './ray/outcome.ts'
import { openOutput } from './ray/output.ts'
import { bringFolder } from './ray/packages.ts'
import { askedOf, mustFit } from './ray/room.ts'
import type { Done, Placement, RunOptions, Target } from './target.ts'

/** For how long a lost line is taken up again before the run is left to itself, in milliseconds. */
const PATIENCE = 10 * 60_000
/** After being asked to stop, a job has so long to give back its checkpoint, in seconds. */
const STOP_PATIENCE = 30

/** Where a run is on a cluster: the job, and the mark of the lines that are not the work's own. */
interface Placed extends Placement {
  job: string
  mark: string
}

/**
 * A Ray cluster, by its Jobs API alone. A run is a job: its data and the trainer travel as packages that Ray knows by
 * their content and brings to each node that needs them; its log carries lines, messages and results.
 * @param trainer the folder where the trainer in Python lies, made where it is missing
 * @param more.piece bytes of data that travel in one package at most
 */
export function rayTarget(
  { name, address }: Pick<TargetSpec, 'name' | 'address'>,
  trainer: () => Promise<string>,
  { patience = PATIENCE, piece }: { patience?: number; piece?: number } = {},
): Target {
  const open = () => rayApi(address)
  // Says what is wrong with the address at once.
  open()

  /** Brings the folder there and begins the job. */
  async function begin(folder: string, options: RunOptions, pip: boolean): Promise<Placed> {
    const api = open()
    const { signal, demands, step, placed } = options
    const work = workOf(folder)
    if (work.kind === 'predict' || (work.kind === 'script' && work.script === undefined && !work.command))
      throw fail('unsupported', 'A Ray cluster trains, or runs a script.', 'Choose another target.')
    const nodes = await api.nodes(signal)
    const asked = askedOf(
      work.kind === 'script' ? ({ ...demands, ...imageOf(work) } as typeof demands) : demands,
      nodes,
    )
    if (!(await api.grows())) mustFit(asked, nodes)
    const given = { trainer: await trainer(), work, asked, mixedPrecision: demands?.mixedPrecision ?? false }
    step?.('sending the data', 0)
    const brought = await bringFolder(
      api,
      folder,
      given,
      signal,
      share => step?.('sending the data', share),
      piece,
    )
    const place: Placed = {
      job: `edgewright-${randomBytes(8).toString('hex')}`,
      mark: `@${randomBytes(12).toString('hex')}`,
    }
    placed?.(place)
    await api.submit(
      {
        submission_id: place.job,
        entrypoint: 'python edgewright_ray.py',
        entrypoint_num_cpus: asked.cpus ?? 1,
        ...(asked.gpus && { entrypoint_num_gpus: asked.gpus }),
        ...(asked.memory && { entrypoint_memory: asked.memory }),
        runtime_env: {
          ...brought,
          env_vars: { EDGEWRIGHT_MARK: place.mark, RAY_JOB_STOP_WAIT_TIME_S: String(STOP_PATIENCE) },
          ...(pip && { pip: { packages: ['tensorflow'], pip_check: false } }),
        },
        metadata: { madeBy: 'edgewright' },
      },
      signal,
    )
    return place
  }

  async function attend(folder: string, options: RunOptions, place: Placed, from: number) {
    const api = open()
    const { signal, step } = options
    const work = workOf(folder)
    const output = openOutput(folder, place.mark, work.kind === 'train', options)
    const enough = new AbortController()
    let stopping: NodeJS.Timeout | null = null
    const onAbort = () => {
      if (options.leaving?.()) return enough.abort()
      step?.('stopping', null)
      api.stop(place.job).catch(() => enough.abort())
      stopping = setTimeout(() => enough.abort(), (STOP_PATIENCE + 5) * 1000)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    let waited = false
    try {
      const job = await follow(api, place.job, {
        from,
        signal: enough.signal,
        patience,
        hear(text, number) {
          output.hear(text, number)
          return output.outcome.end !== null
        },
        waits() {
          if (!waited) step?.('waiting for room on the cluster', null)
          waited = true
        },
        lost: why => step?.(`the line is lost (${why}), trying again`, null),
      })
      return { job, work, outcome: output.outcome }
    } finally {
      if (stopping) clearTimeout(stopping)
      signal.removeEventListener('abort', onAbort)
      output.close()
    }
  }

  async function run(folder: string, options: RunOptions): Promise<Done> {
    const { signal, again, demands } = options
    let place: Placed
    let from = 0
    if (again && (await known(again.placement as Placed))) {
      place = again.placement as Placed
      from = Number(again.cursor ?? 0)
    } else {
      if (again) mustHaveData(folder)
      place = await begin(folder, options, false)
    }
    for (let pip = false; ; ) {
      const { job, work, outcome } = await attend(folder, options, place, from)
      if (signal.aborted && outcome.end?.code !== 0) throw cancelled()
      if (!job) throw cancelled()
      if (outcome.trouble?.lacks !== 'tensorflow' || !demands?.network || pip)
        return resultOf(folder, work, outcome, job)
      pip = true
      options.step?.('having TensorFlow installed on the cluster', null)
      place = await begin(folder, options, true)
      from = 0
    }
  }

  /** A job that was placed but never begun is begun now. */
  async function known({ job }: Placed): Promise<boolean> {
    return (await open().job(job)) !== null
  }

  return {
    name,
    kind: 'ray',
    title: `Ray cluster ${name}`,
    outlives: true,
    ready: () =>
      address
        ? { ready: true, why: `Its dashboard is at ${address}.` }
        : { ready: false, why: 'Its address is not known.' },
    async check(signal) {
      try {
        return await checkRay(open(), await trainer(), signal)
      } catch (error) {
        return [{ name: 'reachable', state: 'failed', says: (error as Error).message, remedy: null }]
      }
    },
    async run(folder, options) {
      try {
        return await run(folder, options)
      } catch (error) {
        if (error instanceof Lost)
          throw unreachable(address ?? '', error.message, options.again !== undefined)
        if (options.signal.aborted && (error as Error).name === 'AbortError') throw cancelled()
        throw error
      }
    },
  }
}

const workOf = (folder: string) => JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as Work

const imageOf = ({ image }: { image?: string }) => (image === undefined ? {} : { image })

function mustHaveData(folder: string): void {
  const work = workOf(folder)
  if (work.kind !== 'train' || existsSync(join(folder, FILES.features('train')))) return
  throw fail(
    'interrupted',
    'The cluster does not know the run, and its data is not here any more.',
    'Continue the run; its data is made again.',
  )
}

const cancelled = () =>
  fail('cancelled', 'It was cancelled.', 'Do it again; a run goes on from its last checkpoint.')
