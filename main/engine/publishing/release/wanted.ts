import type { ModelVersion, Release, TrainedRun } from '#contract'
import { fail } from '../../kit/index.ts'
import type { OptimizationRoom } from '../../optimization/index.ts'
import type { RegistryRoom } from '../../registry/index.ts'
import type { Rollout, SitePlan } from '../../release/index.ts'
import { type TrainingRoom, trainedRun } from '../../training/index.ts'
import { eligible } from '../sites/edit.ts'
import type { GoldenKind } from './golden.ts'

/** What a person asks to be published. */
export interface Asked {
  model: string
  version?: number | undefined
  variant?: GoldenKind[] | undefined
  to?: string | undefined
  site?: string | undefined
  group?: string[] | undefined
  canary?: number | undefined
  unit?: 'device' | 'inference' | undefined
  shadow: boolean
  encrypt: boolean
}

/**
 * The version that is meant: `NAME@3`, or by its number beside the name.
 * @throws Failure `not-found`, `bad-input` where the two differ
 */
export function versionAsked(
  registry: Pick<RegistryRoom, 'resolve'>,
  { model, version }: Pick<Asked, 'model' | 'version'>,
): ModelVersion {
  const [, name = model, at] = /^(.*)@v?(\d+)$/.exec(model) ?? []
  if (at !== undefined && version !== undefined && Number(at) !== version)
    throw fail(
      'bad-input',
      `Two versions of ${name} were named: ${at} and ${version}.`,
      'Name one: NAME@3, or --version 3.',
    )
  return registry.resolve(name, at === undefined ? version : Number(at))
}

/** The forms that are meant: 8-bit weights where they were made, else float32. */
export function kindsAsked(
  optimization: Pick<OptimizationRoom, 'variants'>,
  run: TrainedRun,
  asked: Asked['variant'],
): GoldenKind[] {
  if (asked) return [...new Set(asked)]
  const isSmall = optimization.variants(run.id).some(({ kind }) => kind === 'dynamic-range')
  return [isSmall ? 'dynamic-range' : 'float32']
}

export const runOf = (training: Pick<TrainingRoom, 'get'>, version: ModelVersion): TrainedRun =>
  trainedRun(training.get(version.run))

/** From so many devices on a share is one of devices, not of what each is asked. */
const FLEET = 3

/**
 * The rollout that is asked for; null where everyone gets the version at once.
 * @throws Failure `bad-input` for a group without devices, or a share of devices where there are none
 */
export function rolloutAsked(
  plan: SitePlan,
  version: number,
  { group = [], canary, unit, shadow }: Pick<Asked, 'group' | 'canary' | 'unit' | 'shadow'>,
  at: string,
): Omit<Rollout, 'id' | 'members'> | null {
  if (canary === undefined && group.length === 0 && !shadow) return null
  const devices = eligible(plan.devices, group)
  if (group.length > 0 && devices.length === 0)
    throw fail(
      'bad-input',
      `No device of the site ${plan.site} is in ${group.length > 1 ? 'the groups' : 'the group'} ${group.map(each => `"${each}"`).join(', ')}.`,
      `Put one into it with "publishing device group ID ${group[0]}".`,
    )
  // A group gets the version whole; a share is one of devices only where there are enough of them.
  const of =
    unit ??
    (shadow || (canary !== undefined && devices.length < FLEET)
      ? ('inference' as const)
      : ('device' as const))
  if (of === 'device' && devices.length === 0)
    throw fail(
      'bad-input',
      `No device is enrolled at the site ${plan.site}, so there is no share of them.`,
      'Approve devices with "publishing device approve CODE", or roll out by --unit inference.',
    )
  return {
    version,
    unit: of,
    share: (canary ?? 100) / 100,
    groups: group,
    shadow,
    state: 'running',
    startedAt: at,
  }
}

/** How many bytes all files of a release have together. */
export const sum = (files: Release['files']): number => files.reduce((bytes, file) => bytes + file.bytes, 0)
