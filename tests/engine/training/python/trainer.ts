import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'vitest'
import type { Message } from '../../../../main/engine/training/work.ts'

/** A Python with TensorFlow; `.ci/tensorflow.sh` puts one beside the checkout. */
const python = process.env.EDGEWRIGHT_TF_PYTHON
export const trainerFolder = resolve(import.meta.dirname, '../../../../resources/docker/tensorflow')

/** A test that needs TensorFlow in Python: without it it is skipped and says so, and fails where nothing may be skipped. */
export function testWithTensorflow(name: string, body: () => Promise<void>): void {
  if (python) test(name, { timeout: 180_000 }, body)
  else if (process.env.CI)
    test(name, () => {
      throw new Error(
        'This must not be skipped here, but EDGEWRIGHT_TF_PYTHON names no Python with TensorFlow.',
      )
    })
  else test.skip(`${name} (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)`, () => {})
}

export interface Trained {
  code: number | null
  messages: Message[]
  /** What it wrote that is no message. */
  others: string
}

export interface Starting {
  env?: Record<string, string>
  args?: string[]
  /** Options of the interpreter. */
  options?: string[]
  /** Asked with each message; true ends the process as a container's engine does. */
  ends?(message: Message): boolean
}

/** Trains in a process of its own, as an image does. */
export function trainInPython(
  folder: string,
  { env, args = [], options = [], ends }: Starting = {},
): Promise<Trained> {
  const child = spawn(python as string, [...options, resolve(trainerFolder, 'train.py'), folder, ...args], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const messages: Message[] = []
  let rest = ''
  let others = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() as string
    for (const line of lines) {
      const message = JSON.parse(line) as Message
      messages.push(message)
      if (ends?.(message)) child.kill('SIGTERM')
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    others += text
  })
  return new Promise((done, failed) => {
    child.on('error', failed).on('close', code => done({ code, messages, others: others + rest }))
  })
}

/** Runs a program that may import the trainer. */
export function runPython(program: string, ...args: string[]): Promise<string> {
  const child = spawn(python as string, ['-c', program, ...args], {
    cwd: trainerFolder,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', TF_CPP_MIN_LOG_LEVEL: '3' },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', text => {
    out += text
  })
  child.stderr.on('data', text => {
    err += text
  })
  return new Promise((done, failed) => {
    child.on('close', code => (code === 0 ? done(out) : failed(new Error(err))))
  })
}

/** The last evaluation of a run, and its last word. */
export const lastEpoch = ({ messages }: Trained) =>
  messages.filter(message => message.kind === 'epoch').at(-1)?.figures
export const failureIn = ({ messages }: Trained) =>
  messages.find(message => message.kind === 'failed')?.failure
