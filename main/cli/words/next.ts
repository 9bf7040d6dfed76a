import type {
  DatasetVersion,
  Device,
  GateVerdict,
  Preview,
  Release,
  RolloutStanding,
  Run,
  RunComparison,
  Site,
  TargetSpec,
} from '#contract'

/** The command that most people want after a verb, by room and verb. */
const NEXT: Record<string, (result: never) => string | null> = {
  'dataset.import': ({ dataset }: DatasetVersion) => `statistics compute ${quoted(dataset)}`,
  'training.targetAdd': ({ name }: TargetSpec) => `training target check ${quoted(name)}`,
  'training.targetCheck': ({ name, ok }: { name: string; ok: boolean }) =>
    ok ? `training start --dataset NAME --label COLUMN --target ${quoted(name)}` : null,
  'training.targetPrepare': ({ name }: { name: string }) => `training target check ${quoted(name)}`,
  'training.start': afterRun,
  'training.resume': afterRun,
  'training.attach': afterRun,
  'training.import': ({ runs }: { runs: Run[] }) =>
    runs.length > 1
      ? `training compare ${runs
          .slice(0, 3)
          .map(({ id }) => id)
          .join(' ')}`
      : runs[0]
        ? afterRun(runs[0])
        : null,
  'training.cancel': ({ id, origin }: Run) => (origin === 'trained' ? `training resume ${id}` : null),
  'training.compare': ({ runs }: RunComparison) =>
    `evaluation run --run ${runs.map(({ id }) => id).join(',')}`,
  'publishing.init': ({ name }: Site) => `publishing publish --model NAME --to ${name}`,
  'publishing.publish': ({ model, site, rollout, to }: Release) =>
    rollout
      ? `publishing rollout --model ${quoted(model)}${site ? ` --site ${site}` : ''}`
      : to.includes('://')
        ? 'publishing devices'
        : `agent start --repo ${quoted(to)} --state DIR`,
  'publishing.preview': ({ model, version, site }: Preview) =>
    `publishing publish --model ${quoted(`${model}@${version}`)} --to ${site}`,
  'publishing.rollout': ({ model, site, advice }: RolloutStanding) =>
    advice === null || advice.outcome === 'hold'
      ? null
      : `publishing ${advice.outcome === 'promote' ? 'promote' : 'rollback'} --model ${quoted(model)} --site ${site}`,
  'publishing.deviceList': ({ devices }: { devices: Device[] }) => {
    const waiting = devices.find(({ enrolled, code }) => !enrolled && code)
    return waiting ? `publishing device approve ${waiting.code}` : null
  },
  'evaluation.judge': ({ model }: GateVerdict) => `publishing publish --model ${quoted(model)}`,
}

/** A search is looked at; a model is measured; of a run without one its curves can be looked at. */
function afterRun({ id, artifact, plan, search }: Run): string {
  if (search !== null) return `training search ${search}`
  return artifact && plan.dataset ? `evaluation run --run ${id}` : `training metrics ${id}`
}

/** A name as a word of a command line: of all signs that a shell minds, a name can hold only spaces. */
const quoted = (name: string) => (name.includes(' ') ? `"${name}"` : name)

type Ends = Record<'out' | 'err', { isTTY?: boolean }>

/**
 * What to do next, as a muted line for the error stream; null where no person reads along or nothing is to be said.
 * @param env NO_COLOR leaves the line as bright as the others
 */
export function nextInWords(
  room: string,
  verb: string,
  result: unknown,
  { out, err }: Ends = { out: process.stdout, err: process.stderr },
  env: Record<string, string | undefined> = process.env,
): string | null {
  const next = NEXT[`${room}.${verb}`] as ((result: unknown) => string | null) | undefined
  if (!next || !out.isTTY || !err.isTTY) return null
  const words = next(result)
  if (words === null) return null
  const line = `Next: edgewright ${words}`
  return env.NO_COLOR ? line : `\u001b[2m${line}\u001b[22m`
}
