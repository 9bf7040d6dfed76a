import type { Failure, Hash } from '#contract'
import { fail } from '../../engine/kit/index.ts'
import type { ReleaseFiles, Serve } from './door.ts'
import { type Figures, openFigures, openPairCounts, type PairCounts } from './figures.ts'
import { loadModel, type Model } from './model.ts'

/** A version in memory. */
export interface Here {
  model: Model
  manifest: Hash
  figures: Figures
}

/** A model name, the versions of it that are in memory, and which of them answer. */
export interface Line {
  versions: Map<number, Here>
  serve: Serve | null
  pairs: PairCounts | null
  /** Why nothing answers. */
  why: Failure | null
}

/** What is in memory, by the names of the models. */
export type Lines = ReturnType<typeof openLines>

export function openLines() {
  const lines = new Map<string, Line>()
  let backend = ''

  function lineOf(name: string): Line {
    let line = lines.get(name)
    if (!line) {
      line = { versions: new Map(), serve: null, pairs: null, why: null }
      lines.set(name, line)
    }
    return line
  }

  return {
    lineOf,
    /** What computed the version that was loaded last, in words. */
    get backend() {
      return backend
    },
    /** Names of the models that answer. */
    names: (): string[] => [...lines].flatMap(([name, { serve }]) => (serve ? [name] : [])).sort(),
    /** A version in memory, or the one that answers; whether anything answers is not asked. */
    find(name: string, asked?: number): Here | undefined {
      const line = lines.get(name)
      const version = asked ?? line?.serve?.primary
      return version === undefined ? undefined : line?.versions.get(version)
    },
    /**
     * The version that answers, or the one that is asked for.
     * @throws Failure `not-found`, `unreachable` while it is not ready
     */
    here(name: string, asked?: number): Here {
      const line = lines.get(name)
      const version = asked ?? line?.serve?.primary
      const found = version === undefined ? undefined : line?.versions.get(version)
      if (found && (line?.serve || line?.why)) return found
      throw absent(lines, name, asked)
    },
    /** Loads a release beside those that answer; the same version in another form takes the place of the one before. */
    async load(release: ReleaseFiles): Promise<void> {
      const { versions } = lineOf(release.model)
      const { version, manifest } = release
      if (versions.get(version)?.manifest === manifest) return
      const model = await loadModel(release)
      const known = versions.get(version)
      if (known?.manifest === manifest) return model.dispose()
      known?.model.dispose()
      backend = model.runtime
      versions.set(version, { model, manifest, figures: openFigures() })
    },
    serve(name: string, serve: Serve): void {
      const line = lineOf(name)
      const next = line.versions.get(serve.primary)
      if (!next) throw new Error(`${name} v${serve.primary} is not loaded`)
      const before = line.serve && line.versions.get(line.serve.primary)
      // A new version goes on with the windows over time where the one before it was.
      if (before && before !== next) next.model.memory.adopt(before.model.memory)
      if (!isSame(line.serve, serve)) {
        const { candidate, primary } = serve
        if (candidate) line.versions.get(candidate.version)?.model.memory.adopt(next.model.memory)
        line.pairs = candidate && openPairCounts(candidate.rollout, primary, candidate.version)
      }
      line.serve = serve
      line.why = null
    },
    stop(name: string, why: Failure | null): void {
      const line = lineOf(name)
      line.serve = null
      line.pairs = null
      line.why = why ?? fail('unreachable', `${name} was taken off this device.`, 'Publish it again.').failure
    },
    drop(name: string, version: number): void {
      const versions = lines.get(name)?.versions
      versions?.get(version)?.model.dispose()
      versions?.delete(version)
    },
    close(): void {
      for (const { versions } of lines.values()) for (const { model } of versions.values()) model.dispose()
      lines.clear()
    },
  }
}

const isSame = (a: Serve | null, b: Serve): boolean =>
  a?.primary === b.primary &&
  a.candidate?.rollout === b.candidate?.rollout &&
  a.candidate?.version === b.candidate?.version

/** Why a version does not answer. */
function absent(lines: ReadonlyMap<string, Line>, name: string, asked: number | undefined): Error {
  const line = lines.get(name)
  if (!line || !(line.serve || line.why)) {
    const known = [...lines].filter(([, { serve, why }]) => serve || why).map(([model]) => model)
    return fail(
      'not-found',
      `There is no model "${name.slice(0, 80)}" on this device.`,
      known.length ? `It has ${known.slice(0, 10).join(', ')}.` : 'It has none yet; publish one.',
    )
  }
  if (asked === undefined)
    return fail(
      'unreachable',
      `${name} is not ready on this device yet.`,
      line.why?.message ?? 'Ask again in a moment.',
    )
  return fail(
    'not-found',
    `${name} has no version ${asked} on this device.`,
    `It has ${[...line.versions.keys()].sort((a, b) => a - b).join(', ') || 'none'}.`,
  )
}
