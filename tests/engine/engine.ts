import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, Failure, type Job } from '#contract'
import { openHouse } from '../../main/engine/house.ts'
import { placesOf } from '../../main/engine/places.ts'
import { connectInMemory, failureFrom } from '../../main/transport/index.ts'
import { temporaryFolder } from '../contract/house.ts'

export interface EngineHere {
  engine: Engine
  folder: string
  workspace: string
  ended(job: Job): Promise<Job>
  /** The result of long work; anything but success fails the test. */
  work<T>(started: Promise<Job>): Promise<T>
  /** The failure of long work; success fails the test. */
  failed(started: Promise<Job>): Promise<Failure>
  /** The failure of a call that must be refused. */
  refused(call: Promise<unknown>): Promise<Failure>
  close(): Promise<void>
}

/** A whole engine over a workspace in a temporary folder, called as the window calls it. */
export async function openEngine(): Promise<EngineHere> {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'workspace')
  mkdirSync(join(folder.path, 'keys'))
  const house = await openHouse({ ...placesOf(workspace), keys: join(folder.path, 'keys') })
  const engine: Engine = connectInMemory(house.router)

  async function ended(job: Job): Promise<Job> {
    let last = job
    for await (const change of await engine.jobs.watch({ id: job.id })) last = change
    return last
  }

  return {
    engine,
    folder: folder.path,
    workspace,
    ended,
    async work<T>(started: Promise<Job>): Promise<T> {
      const { status } = await ended(await started)
      if (status.state !== 'succeeded') throw new Error(JSON.stringify(status))
      return status.result as T
    },
    async failed(started: Promise<Job>): Promise<Failure> {
      const { status } = await ended(await started)
      if (status.state !== 'failed') throw new Error(JSON.stringify(status))
      return status.failure
    },
    async refused(call: Promise<unknown>): Promise<Failure> {
      try {
        await call
      } catch (error) {
        return Failure.parse(failureFrom(error))
      }
      throw new Error('it was not refused')
    },
    async close() {
      await house.close()
      folder.remove()
    },
  }
}
