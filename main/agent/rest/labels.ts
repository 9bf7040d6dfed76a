import { fail } from '../../engine/kit/index.ts'
import type { DeviceDoor } from '../door.ts'
import type { Answering } from '../serving/index.ts'
import { namesOf } from './page/index.ts'
import type { Target } from './target.ts'

/**
 * Words that stand for a version on this device: `stable` answers, `candidate` is tried beside it, `previous` is what
 * was before, `latest` is the newest; `junior` and `senior` are what the page calls the newest two.
 */
function labelsOf(device: DeviceDoor, model: string): Map<string, number> {
  const versions = device.versions(model) ?? []
  const ready = versions.filter(({ state }) => state === 'AVAILABLE')
  const reported = device.report().models.find(each => each.model === model)
  const words: [string, number | null | undefined][] = [
    ['stable', reported?.reports],
    ['candidate', ready.find(({ part }) => part === 'candidate' || part === 'shadow')?.version],
    ['previous', reported?.previous],
    ['latest', ready[0]?.version],
    ...[...namesOf(versions)].map(([version, name]) => [name.toLowerCase(), version] as [string, number]),
  ]
  return new Map(words.flatMap(([word, version]) => (version ? [[word, version] as const] : [])))
}

/**
 * The version that an address names by its number or by a label; undefined where it names none.
 * @throws Failure `not-found`, and those of `Answering.model`
 */
export function versionOf(device: DeviceDoor, answering: Answering, target: Target): number | undefined {
  const { model, label, version } = target
  if (label === undefined) return version
  // A model that is not here is told before a label of it.
  answering.model(model)
  const labels = labelsOf(device, model)
  const found = labels.get(label.toLowerCase())
  if (found !== undefined) return found
  throw fail(
    'not-found',
    `${model} has no version with the label "${label.slice(0, 40)}" on this device.`,
    labels.size ? `It has ${[...labels.keys()].join(', ')}.` : 'It has none yet.',
  )
}
