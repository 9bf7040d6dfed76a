import type { Failure } from '#contract'
import { fail, failureOf } from '../../engine/kit/index.ts'
import type { Parts } from '../parts.ts'
import type { Installed, ModelState } from '../state/index.ts'
import { checkInstalled, releaseOf } from './install.ts'
import { installedOf, keepPointer, refuge, serveAsKept } from './switch.ts'

/** The version on trial has proved itself: it is what runs when all else is lost. */
function commit(parts: Parts, model: string): void {
  const state = parts.modelOf(model)
  parts.keep(model, {
    trial: null,
    installed: state.installed.map(each =>
      each.manifest === state.current ? { ...each, proved: true } : each,
    ),
  })
  keepPointer(parts)
  const version = installedOf(state, state.current)?.version
  parts.note('installed', 'Proved itself', `${model} v${version}`, {
    model,
    version,
    manifest: state.current,
    rows: parts.lives.of(model).served,
  })
}

/** A release goes into quarantine: it is not tried again until it comes with a higher counter. */
export function quarantine(
  parts: Parts,
  state: ModelState,
  bad: Pick<Installed, 'manifest' | 'version' | 'variant' | 'counter'>,
  failure: Failure,
): Pick<ModelState, 'quarantine' | 'installed'> {
  const { manifest, version, variant, counter } = bad
  parts.note('quarantined', 'Put into quarantine', `${state.model} v${version}: ${failure.message}`, {
    model: state.model,
    version,
    manifest,
    counter,
    failure,
  })
  const others = state.quarantine.filter(each => each.manifest !== manifest)
  return {
    quarantine: [...others, { manifest, version, variant, counter, failure, at: parts.time.iso() }].slice(
      -200,
    ),
    installed: state.installed.filter(each => each.manifest !== manifest),
  }
}

/**
 * The version that answers did not pass. The one before answers again, in memory first: a disk that takes nothing must
 * not keep it from that.
 */
export async function fallBack(parts: Parts, model: string, failure: Failure): Promise<void> {
  const live = parts.lives.of(model)
  live.verdict = failure
  const state = parts.modelOf(model)
  const bad = installedOf(state, state.current)
  if (!bad) {
    live.verdict = null
    return
  }
  let back = refuge(state, bad.manifest)
  while (back) {
    // What is in memory still needs no disk.
    if (parts.serving.has(model, back.version)) break
    try {
      await checkInstalled(parts, model, back)
      await parts.serving.load(releaseOf(parts, model, back))
      break
    } catch {
      const worse = back.manifest
      back = refuge(
        { ...state, previous: null, installed: state.installed.filter(each => each.manifest !== worse) },
        bad.manifest,
      )
    }
  }
  if (back) parts.serving.serve(model, { primary: back.version, candidate: null })
  else parts.serving.stop(model, failure)
  const now = parts.modelOf(model)
  parts.keep(model, {
    current: back?.manifest ?? null,
    previous: null,
    candidate: null,
    trial: back && !back.proved ? { manifest: back.manifest, starts: 0 } : null,
    switchedAt: parts.time.iso(),
    ...quarantine(parts, now, bad, failure),
  })
  live.verdict = null
  live.failure = failure
  live.served = 0
  live.since = parts.clock.monotonic()
  parts.serving.drop(model, bad.version)
  keepPointer(parts)
  parts.note(
    'rolled-back',
    'Rolled back',
    back
      ? `${model} v${bad.version} to v${back.version}`
      : `${model} v${bad.version}; nothing is left to go back to`,
    { model, from: bad.version, to: back?.version ?? null, manifest: back?.manifest ?? null, failure },
  )
}

/** A candidate did not pass: it answers nobody any more, the one that answers goes on. */
function withdraw(parts: Parts, model: string, failure: Failure): void {
  const state = parts.modelOf(model)
  const bad = installedOf(state, state.candidate?.manifest)
  if (!bad) return
  parts.keep(model, { candidate: null, ...quarantine(parts, state, bad, failure) })
  serveAsKept(parts, model)
  parts.serving.drop(model, bad.version)
  parts.lives.of(model).failure = failure
  parts.note('switched', 'Answers alone', model, { model, candidate: null })
}

/** Watches what answers, and decides. */
export interface Trials {
  answered(model: string, version: number, rows: number): void
  failed(model: string, version: number, failure: Failure): void
  /** Looks at the clock. Never throws. */
  tick(): Promise<void>
}

export function openTrials(parts: Parts): Trials {
  const tell = (error: unknown) => {
    const failure = failureOf(error)
    parts.note('error', 'Failed', failure.message, { failure })
  }

  async function decide(model: string): Promise<void> {
    const live = parts.lives.of(model)
    const { trial, current } = parts.modelOf(model)
    if (live.verdict) return fallBack(parts, model, live.verdict)
    if (!trial || trial.manifest !== current) return
    const seconds = (parts.clock.monotonic() - live.since) / 1000
    if (live.served >= parts.trial.rows || seconds >= parts.trial.seconds) commit(parts, model)
  }

  async function tick(): Promise<void> {
    for (const { model } of parts.keeper.state.models) {
      const live = parts.lives.of(model)
      // A switch that is under way has its own say.
      if (live.step === 'switching') continue
      try {
        await decide(model)
      } catch (error) {
        if (parts.signal.aborted) return
        tell(error)
      }
    }
  }

  return {
    answered(model, version, rows) {
      const state = parts.modelOf(model)
      if (state.trial && installedOf(state, state.current)?.version === version)
        parts.lives.of(model).served += rows
    },
    failed(model, version, failure) {
      const state = parts.modelOf(model)
      const candidate = installedOf(state, state.candidate?.manifest)
      const runs = installedOf(state, state.current)
      try {
        if (runs?.version === version && state.trial) {
          parts.lives.of(model).verdict = failure
          void fallBack(parts, model, failure).catch(tell)
        } else if (candidate?.version === version) withdraw(parts, model, failure)
        else
          parts.note('error', 'Failed', `${model} v${version}: ${failure.message}`, {
            model,
            version,
            failure,
          })
      } catch (error) {
        tell(error)
      }
    },
    tick,
  }
}

/** What a version that takes the process along again and again is told. */
export const crashed = (model: string, version: number, starts: number): Failure =>
  fail(
    'unsupported-graph',
    `${model} v${version} ended the agent ${starts} times in a row.`,
    'Publish another version; this one is not tried again.',
  ).failure
