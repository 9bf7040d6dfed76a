import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, failureOf } from '../../engine/kit/index.ts'
import { openPack, type Source } from '../../engine/release/index.ts'
import type { Core } from '../core.ts'
import { nodeDisk } from '../disk/index.ts'
import { installedOf } from '../steps/switch.ts'
import { exportTo, putOnStick } from './export.ts'
import { stickNumber } from './number.ts'

const RESULT = 'RESULT.txt'

/** @throws Failure `not-found` where there is no such file, `bad-input` for a folder */
export function checkPack(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) throw fail('not-found', `There is no pack ${file}.`, 'Check the path; is the stick plugged in?')
  if (found.isDirectory())
    throw fail('bad-input', `${file} is a folder.`, 'Name the pack in it, a file that ends with .edgepack.')
}

interface Versions {
  [model: string]: number | null
}

function runs({ parts }: Core): Versions {
  return Object.fromEntries(
    parts.keeper.state.models.map(state => [state.model, installedOf(state, state.current)?.version ?? null]),
  )
}

/** Two sticks at once are taken in one after the other, so that each is told apart by what the box had before it. */
const turns = new WeakMap<Core, Promise<unknown>>()

/**
 * Takes in a stick: metadata first, then what is missing, piece by piece; what came is kept when the stick is pulled,
 * and goes on by whichever way comes next. Leaves what waits for the publisher, and `RESULT.txt` with a line for this
 * device.
 * @returns that line
 * @throws Failure where nothing of the stick could be taken; the line on the stick says so too, unless there is no such
 * file: then nothing is written anywhere
 */
export function ingest(core: Core, file: string, name: string, request: () => string): Promise<string> {
  const turn = (turns.get(core) ?? Promise.resolve()).then(() => ingestOne(core, file, name, request))
  turns.set(
    core,
    turn.catch(() => {}),
  )
  return turn
}

async function ingestOne(core: Core, file: string, name: string, request: () => string): Promise<string> {
  checkPack(file)
  const before = runs(core)
  let told: string
  let trouble: unknown = null
  try {
    const pack = openPack(file)
    try {
      told = await takeIn(core, pack, before)
    } finally {
      pack.close()
    }
  } catch (error) {
    trouble = error
    told = failureOf(error).message
    const { code } = failureOf(error)
    core.parts.note(
      code === 'tampered' || code === 'unsigned' ? 'security' : 'refused',
      'Stick refused',
      told,
      { file, failure: failureOf(error) },
    )
  }
  const line = `${name}: ${told.replace(/\.$/, '')}${await giveBack(core, dirname(file), request)}`
  writeResult(core, dirname(file), line)
  if (trouble) throw trouble
  core.parts.note('installed', 'Stick taken in', line, { file })
  return line
}

async function takeIn(core: Core, pack: Source, before: Versions): Promise<string> {
  const { lookout, parts } = core
  const known = parts.plan()
  let remark = ''
  try {
    const { plan, isOlder } = await lookout.lookOrThrow(pack)
    if (isOlder)
      remark = `the stick of ${day(plan.issued)} is older than what this box has (${day(known?.issued ?? plan.issued)}); `
  } catch (error) {
    const older = known && (await olderBy(core, pack, known.site))
    if (!older) throw error
    remark = `${older}; `
    parts.note('security', 'Older stick', older, { file: pack.address })
    // What it carries is as good as what the network brings: every piece is checked by its hash.
    await lookout.useBlobs(pack)
  }
  await lookout.settled()
  return remark + outcome(core, before)
}

/** Says that a stick is older than what was seen, where it is; null where something else is wrong with it. */
async function olderBy({ parts }: Core, pack: Source, site: string): Promise<string | null> {
  const known = parts.lanes
    .current(site)
    .find(({ lane }) => lane === 'stick')
    ?.trusted.roles.find(({ role }) => role === 'site')?.version
  const its = await stickNumber(pack.metadata(site))
  return known && its !== null && its < known ? `stick v${its} is older than this box v${known}` : null
}

const day = (at: string): string => at.slice(0, 10)

function outcome(core: Core, before: Versions): string {
  const { parts } = core
  const after = runs(core)
  const lines = Object.entries(after).map(([model, version]) => {
    const { failure } = parts.lives.of(model)
    const was = before[model]
    const runsNow =
      version === null
        ? `${model} runs nothing yet`
        : was && was !== version
          ? `${model} v${version} active, was v${was}`
          : `${model} v${version} active`
    return failure ? `${runsNow} (${failure.message})` : runsNow
  })
  return lines.join('; ') || 'nothing is wanted of this box'
}

/** What waits for the publisher goes onto the stick. A stick that takes nothing is no reason not to take from it. */
async function giveBack(core: Core, folder: string, request: () => string): Promise<string> {
  const samples = core.log
    .after(core.parts.plan()?.devices.find(({ id }) => id === core.parts.identity.id)?.received ?? 0, 100_000)
    .filter(({ kind }) => kind === 'sample').length
  // Where a stick was pulled, its folder is not made anew: the next stick would be mounted over it.
  if (!existsSync(folder)) return ''
  try {
    const files = await exportTo(core, folder, request)
    const batches = files.filter(each => each.endsWith('.edgeback')).length
    const asks = files.some(each => each.endsWith('.req'))
    return `${batches > 0 ? `; ${samples} ${samples === 1 ? 'sample' : 'samples'} returned` : ''}${asks ? `; asks to be approved with the code ${core.parts.identity.code}` : ''}`
  } catch (error) {
    const { code, message } = failureOf(error)
    return code === 'not-found' ? '' : `; nothing could be written back: ${message}`
  }
}

/** One line a device; those of other devices stay. */
function writeResult({ parts }: Core, folder: string, line: string): void {
  if (!existsSync(folder)) return
  const path = join(folder, RESULT)
  const mark = `[${parts.identity.id.slice(0, 8)}]`
  try {
    const others = Buffer.from(nodeDisk.read(path) ?? [])
      .toString('utf8')
      .split(/\r?\n/)
      .filter(each => each && !each.endsWith(mark))
    putOnStick(path, `${[...others, `${line} ${mark}`].join('\r\n')}\r\n`)
  } catch {
    // Pulled, or read-only: the device's own log has the line.
  }
}
