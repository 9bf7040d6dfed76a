import { join, resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { fail, failureOf } from '../engine/kit/index.ts'
import { type DeviceReport, SITE_NAME } from '../engine/release/index.ts'
import { type OfflineDevice, onDeviceAtRest } from './offline.ts'
import { shownPin } from './pin.ts'
import { type RunningDevice, reach } from './reach.ts'
import { onlyState } from './running.ts'
import { statusLines } from './status.ts'
import { rollBackByHand, switchByHand } from './steps/switch.ts'
import { checkPack, exportTo, ingest } from './sticks/index.ts'

const number = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (!text.trim() || !(value >= least && value <= most))
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`)
  return value
}

/** A version as people name it: `3`, `v3`, or with its model, `weather@3`. */
function versionFrom(text: string): { model: string | undefined; version: number } {
  const [, model, digits] = /^(?:(.+)@)?v?([1-9]\d{0,8})$/i.exec(text.trim()) ?? []
  if (digits === undefined)
    throw new InvalidArgumentError('Give the number of a version, like 3, or MODEL@3.')
  return { model, version: Number(digits) }
}

function siteFrom(text: string): string {
  if (!SITE_NAME.test(text))
    throw new InvalidArgumentError('A site is small letters, digits and -, at most 40 of them.')
  return text
}

interface StartFlags {
  repo?: string
  workspace?: string
  json?: boolean
  state: string
  port: number
  host: string
  name?: string
  site?: string
  root?: string
  key?: string
  profile?: string
  media?: string
  poll?: number
  measure?: boolean
  attached?: boolean
}

/** Runs a device until it is told to stop. */
async function start(flags: StartFlags, command: Command): Promise<void> {
  const repository = flags.repo ?? (flags.workspace && join(flags.workspace, 'repository'))
  if (!repository && !flags.media)
    return command.error('error: --repo is missing: where do releases come from?')
  // A device goes on where nobody reads what it tells.
  for (const out of [process.stdout, process.stderr]) out.on('error', () => {})
  const { startAgent } = await import('./start.ts')
  const agent = await startAgent({
    repository,
    state: flags.state,
    port: flags.port,
    host: flags.host,
    name: flags.name,
    site: flags.site,
    root: flags.root ?? flags.key,
    profile: flags.profile,
    media: flags.media,
    pollSeconds: flags.poll,
    heard: ({ at, event, detail }) =>
      process.stderr.write(`${at}  ${[event, detail].filter(Boolean).join(': ')}\n`),
    ...(flags.measure ? { measure: { token: process.env.EDGEWRIGHT_MEASURE_TOKEN } } : {}),
  })
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ id: agent.id, address: agent.address, code: agent.code })}\n`
      : `The device ${agent.id} (code ${agent.code}, PIN ${shownPin(agent.pin)}) answers at ${agent.address}\n`,
  )
  await new Promise<void>(resolve => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
    // Who started it holds the other end: a device for a trial does not outlive its window, however that ends.
    if (flags.attached) process.stdin.once('end', resolve).once('error', resolve).resume()
  })
  await agent.close()
}

interface Flags {
  state?: string
  model?: string
  json?: boolean
  profile?: string
  site?: string
  name?: string
}

/** Does something with a device of this machine: with the agent where it runs, else on its state folder. */
async function withDevice<T>(
  flags: Flags,
  online: (device: RunningDevice) => Promise<T>,
  offline: (device: OfflineDevice) => Promise<T>,
  { isNew = false, serves = false } = {},
): Promise<T> {
  const state = onlyState(flags.state)
  const running = await reach(state)
  if (running) return online(running)
  return onDeviceAtRest(state, { ...flags, isNew, serves }, offline)
}

function modelIn(report: DeviceReport, named: string | undefined): string {
  const models = report.models.map(({ model }) => model)
  if (named !== undefined) return named
  const [only] = models
  if (only !== undefined && models.length === 1) return only
  throw fail(
    'bad-input',
    models.length ? 'This device has several models.' : 'This device has no model yet.',
    models.length ? `Name one with --model: ${models.slice(0, 10).join(', ')}.` : 'Publish one first.',
  )
}

const write = (text: string) => process.stdout.write(`${text}\n`)

async function status(flags: Flags): Promise<void> {
  const { report, pin } = await withDevice<{ report: DeviceReport; pin: string | null }>(
    flags,
    async device => ({ report: await device.report(), pin: device.pin }),
    async device => ({ report: device.report(), pin: null }),
  )
  write(flags.json ? JSON.stringify(report) : statusLines(report, pin).join('\n'))
}

/** An answer in words, or as JSON. */
const answer = (flags: Flags, words: string, json: unknown) =>
  write(flags.json ? JSON.stringify(json) : words)

function told(flags: Flags, report: DeviceReport, model: string, later: string): void {
  const version = report.models.find(each => each.model === model)?.reports ?? null
  answer(flags, `${model} runs v${version ?? '?'}${later}`, { model, version })
}
const LATER = ' from the next start on'

async function switchTo(wanted: ReturnType<typeof versionFrom>, flags: Flags): Promise<void> {
  const { version } = wanted
  const named = flags.model ?? wanted.model
  await withDevice(
    flags,
    async device => {
      const model = modelIn(await device.report(), named)
      told(flags, await device.switchTo(model, version), model, '')
    },
    async ({ core, report }) => {
      const model = modelIn(report(), named)
      await switchByHand(core.parts, model, version)
      told(flags, report(), model, LATER)
    },
  )
}

async function rollBack(named: string | undefined, flags: Flags): Promise<void> {
  await withDevice(
    flags,
    async device => {
      const model = modelIn(await device.report(), flags.model ?? named)
      told(flags, await device.rollBack(model), model, '')
    },
    async ({ core, report }) => {
      const model = modelIn(report(), flags.model ?? named)
      await rollBackByHand(core.parts, model)
      told(flags, report(), model, LATER)
    },
  )
}

async function takeIn(file: string, flags: Flags): Promise<void> {
  const path = resolve(file)
  // Before a new device is made for it.
  checkPack(path)
  const { result, report } = await withDevice(
    flags,
    async device => ({ result: await device.ingest(path), report: await device.report() }),
    async ({ core, name, request, report }) => ({
      result: await ingest(core, path, name, request),
      report: report(),
    }),
    { isNew: flags.state !== undefined, serves: true },
  )
  answer(flags, result, { result })
  // What the stick brought and this device could not take, or will not.
  const failure = report.models.find(model => model.failure && model.reports !== model.wanted)?.failure
  if (failure) throw fail(failure.code, failure.message, failure.remedy)
}

async function handOut({ out, ...flags }: Flags & { out: string }): Promise<void> {
  const folder = resolve(out)
  const files = await withDevice(
    flags,
    device => device.exportTo(folder),
    ({ core, request }) => exportTo(core, folder, request),
  )
  const paths = files.map(file => join(folder, file))
  answer(flags, paths.join('\n'), { files: paths })
}

function agentCommand({ name, version }: Program): Command {
  const agent = new Command(name)
    .description('Run a device: fetch, verify, try, switch, answer, report')
    .exitOverride()
    .helpCommand(false)
  if (version) agent.version(version)
  agent
    .command('start')
    .description('start a device and go on until it is stopped')
    .option('--repo <folder|url>', "where releases come from (default: the workspace's own repository)")
    .option('--workspace <folder>', 'the workspace whose repository it is')
    .option('--json', 'print the address as JSON')
    .requiredOption('--state <folder>', 'what the device keeps')
    .option('--port <n>', 'port of its REST address, 0 for any free one', number(0, 65_535), 8501)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for the whole network', '127.0.0.1')
    .option(
      '--name <name>',
      'what people call the device (default: as before, else the name of this machine)',
    )
    .option('--site <name>', 'the site it belongs to (default: the only one that is there)', siteFrom)
    .option(
      '--root <file|fingerprint>',
      'the publisher to trust: a root file, or the fingerprint of its root keys (default: the first seen)',
    )
    .option('--key <file|fingerprint>', 'the same as --root')
    .option('--profile <file>', 'what a model may take here: threads, memory, flash, variants (JSON)')
    .option('--media <folder>', 'where sticks are mounted: packs found there are taken in')
    .option(
      '--poll <seconds>',
      'how often to look for a release (default: as the site says; each second near by)',
      number(0.05, 604_800),
    )
    .option(
      '--measure',
      'let models be sent here to be timed; with EDGEWRIGHT_MEASURE_TOKEN set, only by who knows that token',
    )
    .option('--attached', 'stop when standard input ends')
    .exitOverride()
    .action(start)
  const steering = (name: string, description: string) =>
    agent
      .command(name)
      .description(description)
      .option('--state <folder>', 'what the device keeps (default: of the only agent that runs here)')
      .option('--json', 'print the answer as JSON')
      .exitOverride()
  steering('status', 'say what a device runs, keeps and wants').action(status)
  steering('switch', 'let another installed version answer at once')
    .argument('<version>', 'its number, or MODEL@NUMBER', versionFrom)
    .option('--model <name>', 'which model, where it has several')
    .action(switchTo)
  steering('rollback', 'take a model back to the version before')
    .argument('[model]')
    .option('--model <name>', 'which model, where it has several')
    .action(rollBack)
  steering('ingest', 'take in what a stick brings')
    .argument('<file>', 'a pack, NAME.edgepack')
    .option('--site <name>', 'the site the device belongs to, where it does not know yet', siteFrom)
    .option('--profile <file>', 'what a model may take here, where the agent does not run')
    .option('--name <name>', 'what people call the device, where the agent does not run')
    .action(takeIn)
  steering('export', 'write what waits for the publisher into a folder')
    .requiredOption('--out <folder>', 'a stick, for example')
    .action(handOut)
  return agent
}

/** What the program is called, and its version where it is one of its own. */
interface Program {
  name: string
  version?: string
}

/**
 * `edgewright agent …`, and the agent's own program. Never throws; expected trouble is told in two lines, or as JSON
 * where that was asked for.
 * @returns exit code: 0 done, 1 failure, 2 usage
 */
export async function runAgent(
  args: string[],
  program: Program = { name: 'edgewright agent' },
): Promise<0 | 1 | 2> {
  try {
    await agentCommand(program).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const failure = failureOf(error)
    if (failure.code === 'internal') console.error(error)
    else if (args.includes('--json')) process.stderr.write(`${JSON.stringify({ failure })}\n`)
    else process.stderr.write(`${failure.message}\n${failure.remedy}\n`)
    return 1
  }
}
