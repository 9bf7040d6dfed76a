import type { Hash } from '#contract'
import { failureOf } from '../../engine/kit/index.ts'
import { ModelFile, openManifest, RELEASE_FILES } from '../../engine/release/index.ts'
import type { Parts } from '../parts.ts'
import { type Installed, type ModelState, newModel, readPointer } from '../state/index.ts'
import { checkInstalled, releaseOf } from './install.ts'
import { installedOf, keepPointer, refuge, serveAsKept, warm } from './switch.ts'
import { crashed, fallBack } from './trial.ts'

/**
 * Brings up what ran here before, without asking anyone; where that is damaged, the version before it. What keeps
 * taking the agent along is gone back from. Never throws for the sake of one model.
 */
export async function wake(parts: Parts): Promise<void> {
  const { keeper } = parts
  if (keeper.found === 'damaged') await wakeFromPointer(parts)
  else countStart(parts)
  for (const { model } of keeper.state.models) {
    try {
      await wakeModel(parts, model)
    } catch (error) {
      const failure = failureOf(error)
      parts.lives.of(model).failure = failure
      parts.note('error', 'Damaged', failure.message, { model, failure })
    }
  }
  if (keeper.found !== 'damaged') await breakLoop(parts)
}

/** A disk that takes nothing is no reason not to answer. */
function tried(change: () => void): void {
  try {
    change()
  } catch {
    // It is told where it is in the way.
  }
}

function countStart({ keeper }: Parts): void {
  const { state } = keeper
  if (state.models.length > 0)
    tried(() =>
      keeper.write({
        ...state,
        starts: state.starts + 1,
        models: state.models.map(each => ({
          ...each,
          trial: each.trial && { ...each.trial, starts: each.trial.starts + 1 },
        })),
      }),
    )
}

async function wakeModel(parts: Parts, model: string): Promise<void> {
  const state = parts.modelOf(model)
  const live = parts.lives.of(model)
  live.since = parts.clock.monotonic()
  const runs = installedOf(state, state.current)
  if (!runs) return
  // With nothing to go back to, one that may have been cut off by the power is better than none.
  if (state.trial && state.trial.starts > parts.trial.starts && refuge(state, runs.manifest))
    return fallBack(parts, model, crashed(model, runs.version, state.trial.starts))
  try {
    if (state.revoked.includes(runs.manifest)) throw new Error('called back')
    await checkInstalled(parts, model, runs)
    await parts.serving.load(releaseOf(parts, model, runs))
    await wakeCandidate(parts, model)
    serveAsKept(parts, model)
    await warm(parts, model)
  } catch (error) {
    const failure = failureOf(error)
    live.failure = failure
    parts.note('error', 'Damaged', failure.message, { model, failure })
    await goBack(parts, model, runs)
  }
}

async function wakeCandidate(parts: Parts, model: string): Promise<void> {
  const state = parts.modelOf(model)
  const candidate = installedOf(state, state.candidate?.manifest)
  if (!candidate) return
  try {
    await checkInstalled(parts, model, candidate)
    await parts.serving.load(releaseOf(parts, model, candidate))
  } catch {
    parts.keep(model, { candidate: null })
  }
}

/** What is damaged is no reason for quarantine: it is fetched again. */
async function goBack(parts: Parts, model: string, damaged: Installed): Promise<void> {
  const state = parts.modelOf(model)
  const back = refuge(state, damaged.manifest)
  if (!back) return
  await checkInstalled(parts, model, back)
  await parts.serving.load(releaseOf(parts, model, back))
  parts.serving.serve(model, { primary: back.version, candidate: null })
  parts.keep(model, { current: back.manifest, previous: null, candidate: null, trial: null })
  tried(() => keepPointer(parts))
  parts.note(
    'rolled-back',
    'Went back',
    `${model} v${back.version}, because v${damaged.version} does not load`,
    {
      model,
      from: damaged.version,
      to: back.version,
      manifest: back.manifest,
    },
  )
}

/** Too many starts in a row: whatever changed last is to blame, also after it had proved itself. */
async function breakLoop(parts: Parts): Promise<void> {
  const { keeper, trial } = parts
  const { starts, models } = keeper.state
  if (starts <= 2 * trial.starts) return
  const [last] = models
    .filter(state => state.switchedAt && refuge(state, state.current))
    .sort((a, b) => ((a.switchedAt ?? '') < (b.switchedAt ?? '') ? 1 : -1))
  const runs = last && installedOf(last, last.current)
  if (last && runs) await fallBack(parts, last.model, crashed(last.model, runs.version, starts))
  tried(() => keeper.write({ ...keeper.state, starts: 0 }))
}

/** Both copies of the state are damaged: what `current` names goes on, and nothing else is done until trust is renewed. */
async function wakeFromPointer(parts: Parts): Promise<void> {
  const models: ModelState[] = []
  for (const [model, manifest] of readPointer(parts.disk, parts.folder)) {
    const installed = installedFrom(parts, manifest)
    if (installed) models.push({ ...newModel(model), installed: [installed], current: manifest })
  }
  parts.keeper.assume({ ...parts.keeper.state, models })
  parts.note(
    'error',
    'State lost',
    'Both copies of the state of this device are damaged; what ran last goes on, and nothing is installed until the publisher was heard.',
    { models: models.map(({ model }) => model) },
  )
}

function installedFrom({ blobs }: Parts, manifest: Hash): Installed | null {
  try {
    const content = blobs.read(manifest)
    if (!content) return null
    const { files } = openManifest(content, manifest)
    const described = files.find(({ name }) => name === RELEASE_FILES.model)
    const model = described && blobs.read(described.hash)
    if (!model) return null
    const { version, variant } = ModelFile.parse(JSON.parse(Buffer.from(model).toString('utf8')))
    return {
      version,
      variant,
      counter: 1,
      manifest,
      needs: { runtime: 'tfjs', diskBytes: 0, memoryBytes: 0 },
      proved: true,
      median: null,
      files: files.map(({ name, hash, bytes }) => ({ name, hash, bytes })),
    }
  } catch {
    return null
  }
}
