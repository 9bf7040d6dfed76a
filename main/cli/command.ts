import { Command, CommanderError } from 'commander'
import { type About, contract, type Engine, type Failure, inputOf, metaOf } from '#contract'
import { placesOf } from '../engine/places.ts'
import type { Reached } from '../host.ts'
import { failureFrom } from '../transport/index.ts'
import { addFlags, commandWords, fieldsOf, inputFrom, kebab, withPlainSwitches } from './flags.ts'
import { followJob } from './follow.ts'
import { engineFor } from './reach.ts'
import { withToken } from './token.ts'
import { nextInWords, wordsFor } from './words/index.ts'

/** 0 done, 1 failure, 2 the command was not understood. */
export type ExitCode = 0 | 1 | 2

interface Common {
  workspace?: string
  json?: boolean
}

/** What a room is about, for `--help`. */
const ROOMS: Record<keyof typeof contract, string> = {
  dataset: 'import data and look at its rows',
  statistics: 'figures of every feature',
  validation: 'schema, anomalies, verdict',
  transform: 'how columns become what a model takes in',
  training: 'train models and see how it goes',
  evaluation: 'how good a model is, and the gate it must pass',
  optimization: 'freeze models and make them smaller',
  registry: 'models, versions, aliases',
  publishing: 'signed versions for sites, and the devices that run them',
  feedback: 'what came back from devices, and labeling it',
  jobs: 'long work: list, cancel, logs',
  lineage: 'what made what',
  workspace: 'the folder that holds everything',
}

type Ask = (input: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>

/** Says a failure on the error stream, as words or as one line of JSON. */
export function tell(failure: Failure, json: boolean | undefined): void {
  process.stderr.write(json ? `${JSON.stringify({ failure })}\n` : `${failure.message}\n${failure.remedy}\n`)
}

/** Ctrl-C, or whatever else asks the process to end in order. Until then, or until it is over, the process stays. */
function untilStopped(over?: AbortSignal): Promise<void> {
  const awake = setInterval(() => {}, 1 << 30)
  return new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    over?.addEventListener('abort', () => resolve(), { once: true })
  }).finally(() => clearInterval(awake))
}

/** Whether a result is one that a command must fail with, such as a verdict of `blocked`. */
const failsWith = ({ fails }: About, result: unknown) =>
  Object.entries(fails ?? {}).some(
    ([field, value]) =>
      field
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], result) === value,
  )

/** Where in the input something is wrong: a flag, or a field of what a flag holds, as `--where: item 1, column`. */
const placeOf = ([flag, ...all]: PropertyKey[], input: Record<string, unknown>) => {
  if (flag === undefined) return 'The input'
  const given = input[String(flag)]
  const count = Array.isArray(given) ? given.length : String(given).split(',').length
  // Of a flag that was given once it goes without saying which of its values is meant.
  const within = count === 1 && all.length === 1 && typeof all[0] === 'number' ? [] : all
  return [
    `--${kebab(String(flag))}${within.length ? ':' : ''}`,
    within.map(key => (typeof key === 'number' ? `item ${key + 1}` : String(key))).join(', '),
  ]
    .filter(Boolean)
    .join(' ')
}

/** One verb: reads the flags, calls the engine, prints the answer. */
async function runVerb(
  room: string,
  verb: string,
  input: Record<string, unknown>,
  { workspace, json }: Common,
): Promise<ExitCode> {
  const entry = (contract as unknown as Record<string, Record<string, never>>)[room]?.[verb] as never
  const { kind, about } = metaOf(entry)
  const empty = Object.keys(about.paths ?? {}).find(name => input[name] === '')
  if (empty !== undefined) {
    process.stderr.write(
      `--${kebab(empty)} is empty.\nSee: edgewright ${room} ${commandWords(verb, about)} --help\n`,
    )
    return 2
  }
  const checked = inputOf(entry).safeParse(input)
  if (!checked.success) {
    const said = new Set<unknown>()
    for (const { path, message } of checked.error.issues) {
      // The first thing that is wrong with a flag is enough.
      if (said.has(path[0])) continue
      said.add(path[0])
      process.stderr.write(`${placeOf(path, input)} ${message}.\n`)
    }
    process.stderr.write(`See: edgewright ${room} ${commandWords(verb, about)} --help\n`)
    return 2
  }
  let reached: Reached | undefined
  try {
    reached = await engineFor(about, input, workspace)
    const { engine } = reached
    const ask = (engine as unknown as Record<string, Record<string, Ask>>)[room]?.[verb] as Ask
    if (kind === 'watch') {
      const stop = new AbortController()
      void untilStopped(stop.signal).then(() => stop.abort())
      process.stdout.once('error', () => stop.abort())
      try {
        for await (const event of (await ask(input, { signal: stop.signal })) as AsyncIterable<unknown>)
          process.stdout.write(`${json ? JSON.stringify(event) : wordsFor(room, verb)(event)}\n`)
      } catch (error) {
        if (!stop.signal.aborted) throw error
      } finally {
        stop.abort()
      }
      return 0
    }
    const answer = await ask(room === 'publishing' && !reached.own ? withToken(input) : input)
    const result =
      kind === 'work' || about.begins
        ? await followJob(engine as Engine, answer as never, json, reached.lent)
        : answer
    process.stdout.write(`${json ? JSON.stringify(result, null, 2) : wordsFor(room, verb)(result)}\n`)
    if (failsWith(about, result)) return 1
    const next = json ? null : nextInWords(room, verb, result)
    if (next !== null) process.stderr.write(`${next}\n`)
    if (about.lasts && reached.own && !input[about.lasts.unless ?? '']) {
      process.stderr.write('It goes on until this command ends. Ctrl-C ends it.\n')
      await untilStopped()
    }
    return 0
  } catch (error) {
    tell(failureFrom(error), json)
    return 1
  } finally {
    await reached?.close()
  }
}

/** The command under which a command of several words stands: `training target` for `training target add`. */
function within(group: Command, words: string[]): Command {
  let at = group
  for (const word of words)
    at =
      at.commands.find(command => command.name() === word) ??
      at
        .command(word)
        .description(`More about ${word.endsWith('s') ? word : `${word}s`}`)
        .exitOverride()
  return at
}

/** Other commands that are no call of the contract, such as `serve`; `run` gets the words behind its name. */
export interface OwnCommand {
  name: string
  words: string
  run(args: string[]): Promise<ExitCode>
}

/** Reads a command line and runs it. Never throws and never ends the process. */
export async function runCommand(args: string[], own: OwnCommand[] = []): Promise<ExitCode> {
  let code: ExitCode = 0
  let words = args
  const program = new Command('edgewright')
    .description('Data in, device out. One window, no Python, no cloud, no account.')
    .version(placesOf('.').version)
    .exitOverride()
    // Some verbs have a flag of the same name: --version means the program's only right behind its name.
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .helpCommand(false)
  for (const [room, entries] of Object.entries(contract)) {
    const group = program
      .command(room)
      .description(ROOMS[room as keyof typeof contract])
      .exitOverride()
    // What a word can mean is worked out for the room that is named; of the others, --help says no more than this.
    if (!args.includes(room)) continue
    for (const [verb, entry] of Object.entries(entries)) {
      const about: About = metaOf(entry as never).about
      if (about.inner) continue
      const fields = fieldsOf(inputOf(entry as never))
      const said = commandWords(verb, about).split(' ')
      const command = within(group, said.slice(0, -1))
        .command(said.at(-1) as string)
        .description(about.title)
        .exitOverride()
      addFlags(command, fields, about)
      if (said.every(word => args.includes(word))) words = withPlainSwitches(words, fields)
      command.option('--workspace <folder>', 'the workspace; default: the one opened last')
      command.option('--json', 'print the answer as JSON')
      if (about.follow)
        command.option('--follow', 'go on with what comes, to its end; Ctrl-C stops listening')
      command.action(async (...parts: unknown[]) => {
        const options = command.opts<Common & Record<string, unknown>>()
        const given = parts.slice(0, about.positional?.length ?? 0) as (string | string[] | undefined)[]
        const input = inputFrom(fields, about, options, given)
        const goingOn = options.follow ? about.follow : undefined
        code = await runVerb(room, goingOn?.verb ?? verb, { ...input, ...goingOn?.input }, options)
      })
    }
  }
  for (const { name, words: about, run } of own)
    program
      .command(name)
      .description(about)
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .argument('[words...]')
      .action(async () => {
        code = await run(args.slice(args.indexOf(name) + 1))
      })
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.code === 'commander.help' && args.length > 0 ? 2 : error.exitCode === 0 ? 0 : 2
  }
  return code
}
