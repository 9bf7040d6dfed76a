import { randomBytes } from 'node:crypto'
import type Docker from 'dockerode'
import { fail } from '../../../kit/index.ts'
import { openFrames } from './frames.ts'
import type { Patience } from './patience.ts'
import { statusOf } from './trouble.ts'

/**
 * Runs the keeper of our image once, in a container without a network that is removed afterwards.
 * @param before may use the container before it runs: files can be put into it and read from it
 * @returns what it wrote
 */
export async function runHelper(
  docker: Docker,
  {
    image,
    args,
    mounts,
    labels,
    before,
    after,
    patience,
    host = {},
    signal,
  }: {
    image: string
    args: string[]
    mounts: Docker.MountSettings[]
    labels?: Record<string, string>
    before?(container: Docker.Container): Promise<void>
    after?(container: Docker.Container, output: string): Promise<void>
    patience: Patience
    host?: Docker.HostConfig
    signal: AbortSignal
  },
): Promise<string> {
  const name = `edgewright-keeper-${randomBytes(6).toString('hex')}`
  const container = docker.getContainer(name)
  try {
    await patience(() =>
      made(
        docker.createContainer({
          name,
          Image: image,
          Entrypoint: ['node', '/opt/edgewright/keeper.mjs'],
          Cmd: args,
          Labels: { 'edgewright.role': 'keeper', ...labels },
          HostConfig: { NetworkMode: 'none', Mounts: mounts, ...host },
        }),
      ),
    )
    await before?.(container)
    signal.throwIfAborted()
    await patience(() => started(container))
    const { StatusCode } = (await patience(() => container.wait({ abortSignal: signal }))) as {
      StatusCode: number
    }
    const bytes = (await patience(() =>
      container.logs({ stdout: true, stderr: true, timestamps: true, follow: false }),
    )) as unknown as Buffer
    const frames = openFrames()(bytes)
    const text = (level: string) =>
      frames
        .filter(frame => frame.level === level)
        .map(frame => frame.text + (frame.ends ? '\n' : ''))
        .join('')
    if (StatusCode !== 0) throw unwell(text('error'))
    const output = Buffer.from(text('info'), 'latin1').toString('utf8')
    await after?.(container, output)
    return output
  } finally {
    await container.remove({ force: true, v: false }).catch(() => {})
  }
}

/** The lines of JSON that the keeper answers with. */
export const readAnswers = <T>(output: string): T[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as T)

/** A container that a request made whose answer was lost is there already. */
export async function made(creation: Promise<unknown>): Promise<void> {
  try {
    await creation
  } catch (error) {
    if (statusOf(error) !== 409) throw error
  }
}

export async function started(container: Docker.Container): Promise<void> {
  try {
    await container.start()
  } catch (error) {
    if (statusOf(error) !== 304) throw error
  }
}

/** Why the keeper failed, by what it said. */
export const unwell = (said: string) =>
  /ENOSPC|no space left/i.test(said)
    ? fail(
        'disk-full',
        'The disk of the target is full.',
        'Free space there, for instance with "training target tidy", then go on: what has arrived is not sent again.',
      )
    : fail(
        'training-failed',
        `The files could not be handled on the target: ${/Error: ([^\n]*)/.exec(said)?.[1] ?? said.slice(0, 300)}.`,
        'Check the disk of the target.',
      )
