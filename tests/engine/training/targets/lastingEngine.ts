/**
 * An engine that follows a run in a container until it is killed, and keeps what it heard in a file as it comes, cursor by
 * cursor: `node lastingEngine.ts FOLDER KEPT SPEC`. With a placement in KEPT it takes the run up again.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { TargetSpec } from '#contract'
import type { Placement } from '../../../../main/engine/training/targets/target.ts'
import { inMemory, openDocker } from './places.ts'

const [folder, kept, spec] = process.argv.slice(2) as [string, string, string]
const target = openDocker(JSON.parse(spec) as TargetSpec, inMemory())
const placement = existsSync(`${kept}.place`)
  ? (JSON.parse(readFileSync(`${kept}.place`, 'utf8')) as Placement)
  : null
const heard = existsSync(kept) ? readFileSync(kept, 'utf8').split('\n').filter(Boolean) : []
const last = heard.at(-1)
const cursor = last ? (JSON.parse(last) as { cursor: string }).cursor : null

const done = await target.run(folder, {
  signal: new AbortController().signal,
  demands: { workers: 1, network: false, mixedPrecision: false },
  tell: () => {},
  line: (text, about) => appendFileSync(kept, `${JSON.stringify({ text, ...about })}\n`),
  placed: place => writeFileSync(`${kept}.place`, JSON.stringify(place)),
  ...(placement && { again: { placement, cursor } }),
})
console.log(JSON.stringify(done))
