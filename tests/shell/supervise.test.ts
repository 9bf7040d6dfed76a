import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { forkEngine } from '../../main/shell/forkEngine.ts'
import { type Line, type Supervisor, superviseEngine } from '../../main/shell/supervise.ts'
import type { Failure } from '../../preload/contract/failure.ts'

const entry = fileURLToPath(new URL('./fixtures/engine.mjs', import.meta.url))
const told: string[] = []
let failure: Failure | undefined
let engine: Supervisor

function supervise(workspace: string): Supervisor {
  told.length = 0
  failure = undefined
  engine = superviseEngine(workspace, path => forkEngine(entry, path), {
    lost: () => void told.push('lost'),
    back: () => void told.push('back'),
    failed: why => {
      told.push('failed')
      failure = why
    },
  })
  return engine
}

const answer = (line: Line) => new Promise<unknown>(resolve => line.onData(resolve))
const ended = (line: Line) => new Promise<void>(resolve => line.onEnd(resolve))

async function until(true_: () => boolean): Promise<void> {
  for (const from = Date.now(); !true_(); ) {
    if (Date.now() - from > 20_000) throw new Error('It did not come.')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

afterEach(() => engine.close(500))

describe('an engine that is looked after', () => {
  test('says which workspace it opened, and answers each line alone', async () => {
    supervise('/somewhere/mine')
    expect(await engine.ready()).toEqual({ workspace: '/somewhere/mine', readOnly: false })
    const [one, other] = [engine.line(), engine.line()]
    const both = Promise.all([answer(one), answer(other)])
    one.send('first')
    other.send(new Uint8Array([1, 2, 255]))
    expect(await both).toEqual(['FIRST', new Uint8Array([1, 2, 255])])
  })

  test('is started again when it is killed; lines end and new ones work', async () => {
    supervise('/somewhere/mine')
    await engine.ready()
    const pid = engine.pid
    const line = engine.line()
    process.kill(pid as number, 'SIGKILL')
    await ended(line)
    expect(told).toEqual(['lost'])
    await engine.ready()
    expect(told).toEqual(['lost', 'back'])
    expect(engine.pid).not.toBe(pid)
    const next = engine.line()
    next.send('again')
    expect(await answer(next)).toBe('AGAIN')
  })

  test('is given up when it keeps ending, with a sentence; and comes back when asked', async () => {
    supervise('/somewhere/broken')
    await expect(engine.ready()).rejects.toMatchObject({ code: 'engine-lost' })
    expect(failure?.remedy).toMatch(/Start it again/)
    expect(told).toEqual(['failed'])
    expect(await engine.open('/somewhere/mine')).toMatchObject({ workspace: '/somewhere/mine' })
  })

  test('that cannot even be started is said in a sentence', async () => {
    told.length = 0
    engine = superviseEngine(
      '/somewhere/mine',
      () => {
        throw new Error('there is no Node.')
      },
      { failed: () => void told.push('failed') },
    )
    await expect(engine.ready()).rejects.toMatchObject({
      message: 'The engine could not be started: there is no Node.',
    })
    expect(told).toEqual(['failed'])
  })

  test('that refuses a workspace is not tried again', async () => {
    supervise('/somewhere/newer')
    await expect(engine.ready()).rejects.toMatchObject({ code: 'workspace-newer' })
    await new Promise(resolve => setTimeout(resolve, 600))
    expect(told).toEqual(['failed'])
    expect(engine.pid).toBeUndefined()
  })

  test('opens another workspace on request', async () => {
    supervise('/somewhere/mine')
    await engine.ready()
    const line = engine.line()
    const gone = ended(line)
    const opened = await engine.open('/somewhere/other')
    await gone
    expect(opened.workspace).toBe('/somewhere/other')
    expect(engine.workspace).toBe('/somewhere/other')
    expect(told).toEqual(['lost', 'back'])
  })

  test('is killed when it does not end in time', async () => {
    supervise('/somewhere/mine')
    await engine.ready()
    const line = engine.line()
    line.send('stubborn')
    await answer(line)
    const pid = engine.pid as number
    await engine.close(300)
    await until(() => {
      try {
        process.kill(pid, 0)
        return false
      } catch {
        return true
      }
    })
  })
})
