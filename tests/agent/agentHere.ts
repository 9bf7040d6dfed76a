import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { DeviceModel } from '#contract'
import { type Agent, type AgentOptions, startAgent } from '../../main/agent/index.ts'
import { type DeviceReport, TOKEN_FILE } from '../../main/engine/release/index.ts'
import { MODEL } from './publishHere.ts'
import { classOf, folder, instance, until } from './tinyModel.ts'

export { MODEL }

const running: Agent[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(agent => agent.close()))
})

/** A device in this process, on a free port, with everything a test asks of it. */
export async function agentHere(repository: string, more: Partial<AgentOptions> = {}) {
  const state = more.state ?? folder('edgewright-device-')
  const agent = await startAgent({ repository, port: 0, pollSeconds: 0.05, name: 'box', ...more, state })
  running.push(agent)
  const url = (path: string) => `${agent.address}${path}`
  const models = `/v1/models/${encodeURIComponent(MODEL)}`
  const report = async () => (await (await fetch(url('/v1/edgewright/state'))).json()) as DeviceReport
  const model = async (name = MODEL): Promise<DeviceModel | undefined> =>
    (await report()).models.find(each => each.model === name)
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(url(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return {
      status: answer.status,
      body: (await answer.json()) as Record<string, unknown> & { error: string },
    }
  }
  const predict = (body: unknown = { instances: [instance] }, suffix = ':predict') =>
    post(`${models}${suffix}`, body)
  const token = readFileSync(join(state, TOKEN_FILE), 'utf8').trim()
  return {
    ...agent,
    token,
    state,
    url,
    models,
    report,
    model,
    post,
    predict,
    get: async (path: string) => {
      const answer = await fetch(url(path))
      return { status: answer.status, body: (await answer.json()) as never }
    },
    /** Waits until a version serves, and sees that its answers are its own. */
    async serves(version: number): Promise<DeviceModel> {
      const seen = await until(
        model,
        each => each?.reports === version && (each.state === 'serving' || each.state === 'rolled-back'),
      )
      const { body } = await predict()
      const [answer] = body.predictions as { class: string }[]
      if (answer?.class !== classOf(version)) throw new Error(`v${version} answered ${answer?.class}`)
      return seen as DeviceModel
    },
    /** Waits until the newest release is refused, and sees that the old one answers. */
    async refuses(serving: number, state: DeviceModel['state'] = 'refused'): Promise<DeviceModel> {
      const seen = await until(model, each => each?.state === state)
      const { status, body } = await predict()
      const [answer] = (body.predictions ?? []) as { class: string }[]
      if (status !== 200 || answer?.class !== classOf(serving))
        throw new Error(`v${serving} no longer answers: ${status} ${JSON.stringify(body)}`)
      return seen as DeviceModel
    },
    async rollBack(token: string, name = MODEL) {
      const answer = await fetch(url('/v1/edgewright/rollback'), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ model: name }),
      })
      return { status: answer.status, body: (await answer.json()) as DeviceReport & { error?: string } }
    },
  }
}
