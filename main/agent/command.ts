import { join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { failureOf } from '../engine/kit/index.ts'
import { rollBackHere } from './rollBackHere.ts'
import { startAgent } from './start.ts'

const number = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (!text.trim() || !(value >= least && value <= most))
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`)
  return value
}

interface StartFlags {
  repo?: string
  workspace?: string
  json?: boolean
  state: string
  port: number
  host: string
  name?: string
  key?: string
  poll: number
  measure?: boolean
  attached?: boolean
}

/** Runs a device until it is told to stop. */
async function start(flags: StartFlags, command: Command): Promise<void> {
  const repository = flags.repo ?? (flags.workspace && join(flags.workspace, 'repository'))
  if (!repository) return command.error('error: --repo is missing: where do releases come from?')
  const agent = await startAgent({
    repository,
    state: flags.state,
    port: flags.port,
    host: flags.host,
    name: flags.name,
    key: flags.key,
    pollSeconds: flags.poll,
    ...(flags.measure ? { measure: { token: process.env.EDGEWRIGHT_MEASURE_TOKEN } } : {}),
  })
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ id: agent.id, address: agent.address })}\n`
      : `The device ${agent.id} answers at ${agent.address}\n`,
  )
  await new Promise<void>(resolve => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
    // Who started it holds the other end: a device for a trial does not outlive its window, however that ends.
    if (flags.attached) process.stdin.once('end', resolve).once('error', resolve).resume()
  })
  await agent.close()
}

function agentCommand(): Command {
  const agent = new Command('edgewright agent')
    .description('Run a device: fetch, verify, switch, answer, report')
    .exitOverride()
    .helpCommand(false)
  agent
    .command('start')
    .description('start a device and go on until it is stopped')
    .option('--repo <folder|url>', "where releases come from (default: the workspace's own repository)")
    .option('--workspace <folder>', 'the workspace whose repository it is')
    .option('--json', 'print the address as JSON')
    .requiredOption('--state <folder>', 'what the device keeps')
    .option('--port <n>', 'port of its REST address, 0 for any free one', number(0, 65_535), 8501)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for the whole network', '127.0.0.1')
    .option('--name <name>', 'what people call the device (default: the name of this machine)')
    .option(
      '--key <key>',
      'the key to trust: a file, a public key or a fingerprint (default: the first seen)',
    )
    .option('--poll <seconds>', 'how often to look for a release', number(0.05, 86_400), 1)
    .option(
      '--measure',
      'let models be sent here to be timed; with EDGEWRIGHT_MEASURE_TOKEN set, only by who knows that token',
    )
    .option('--attached', 'stop when standard input ends')
    .exitOverride()
    .action(start)
  agent
    .command('rollback')
    .description('take a running device of this machine back to the version it kept')
    .argument('<model>')
    .requiredOption('--state <folder>', 'what the device keeps')
    .exitOverride()
    .action(async (model: string, flags: { state: string }) => {
      const { models } = await rollBackHere(flags.state, model)
      const runs = models.find(candidate => candidate.model === model)?.reports
      process.stdout.write(`${model} runs v${runs}\n`)
    })
  return agent
}

/**
 * `edgewright agent …`, and the agent's own program. Never throws; expected trouble is told in two lines.
 * @returns exit code: 0 done, 1 failure, 2 usage
 */
export async function runAgent(args: string[]): Promise<0 | 1 | 2> {
  try {
    await agentCommand().parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const failure = failureOf(error)
    if (failure.code === 'internal') console.error(error)
    else process.stderr.write(`${failure.message}\n${failure.remedy}\n`)
    return 1
  }
}
