import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, Failure, type Job } from '#contract'
import { openHouse } from '../../main/engine/house.ts'
import { placesOf } from '../../main/engine/places.ts'
import { connectInMemory, failureFrom } from '../../main/transport/index.ts'
import { temporaryFolder } from '../contract/house.ts'

/** A whole engine over a workspace in a temporary folder, called as the window calls it. */
export async function openEngine() {
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
    /** The result of long work; anything but success fails the test. */
    async work<T>(started: Promise<Job>): Promise<T> {
      const { status } = await ended(await started)
      if (status.state !== 'succeeded') throw new Error(JSON.stringify(status))
      return status.result as T
    },
    /** The failure of long work; success fails the test. */
    async failed(started: Promise<Job>): Promise<Failure> {
      const { status } = await ended(await started)
      if (status.state !== 'failed') throw new Error(JSON.stringify(status))
      return status.failure
    },
    /** The failure of a call that must be refused. */
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
