import { type Context, Hono } from 'hono'
import { answerOfModel, answersOf } from './answers.ts'
import type { Artifacts } from './artifacts.ts'
import { Refusal } from './refusal.ts'
import type { Tracked } from './tracked.ts'

/** The version of MLflow whose calls are answered. */
const VERSION = '3.1.0'

const API = /^\/(?:ajax-)?api\/2\.0\/mlflow\/(.+)$/
/** Calls that change nothing of a run but its figures, which are kept with it. */
const READS = /\/(get|search|list|get-by-name|get-history|log-metric)\/?$/
const FILES = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts(?:\/(.*))?$/

/**
 * Answers what MLflow's client asks a tracking server, and keeps its artifacts. For programs of this person only: what a
 * page in a browser sends is refused.
 * @param hosts names under which it may be called; default: any
 */
export function trackingDoor(tracked: Tracked, artifacts: Artifacts, hosts?: RegExp): Hono {
  const answers = answersOf(tracked, artifacts)
  const door = new Hono()

  door.onError((error, c) => {
    if (error instanceof Refusal) return c.json(error.body, error.status)
    console.error(error)
    return c.json({ error_code: 'INTERNAL_ERROR', message: error.message }, 500)
  })
  door.use(async (c, next) => {
    const host = new URL(c.req.url).hostname
    if (c.req.header('origin') !== undefined || (hosts && !hosts.test(host)))
      throw new Refusal('PERMISSION_DENIED', 'Only programs on this computer are answered.')
    await next()
  })
  door.get('/health', c => c.text('OK'))
  door.get('/version', c => c.text(VERSION))
  door.all('*', async c => {
    const path = decodeURIComponent(new URL(c.req.url).pathname)
    const [, call] = API.exec(path) ?? []
    if (call !== undefined) {
      const answered = await answer(c, call.replace(/\/$/, ''))
      if (!READS.test(call)) tracked.keep()
      return c.json(answered)
    }
    const found = FILES.exec(path)
    if (found) return files(c, found[1] ?? '')
    throw new Refusal('ENDPOINT_NOT_FOUND', `${c.req.method} ${path} is not answered here.`)
  })
  return door

  async function answer(c: Context, call: string): Promise<object> {
    const asked = c.req.method === 'GET' ? queryOf(c) : await bodyOf(c)
    const known = Object.hasOwn(answers, call) ? answers[call] : undefined
    if (known) return known(asked)
    const [, id, below = ''] = /^logged-models\/(m-[\w-]+)\/?(.*)$/.exec(call) ?? []
    if (id !== undefined) return answerOfModel(tracked, c.req.method, id, below, asked)
    throw new Refusal('ENDPOINT_NOT_FOUND', `${call} is not answered here.`)
  }

  async function files(c: Context, path: string): Promise<Response> {
    switch (c.req.method) {
      case 'PUT': {
        const bytes = await artifacts.put(path, c.req.raw.body ?? emptyBody())
        tracked.file(path, bytes)
        return c.json({})
      }
      case 'GET':
        if (path === '') return c.json({ files: artifacts.list(c.req.query('path') ?? '') })
        return c.body(artifacts.read(path), 200, { 'content-type': 'application/octet-stream' })
      case 'DELETE':
        artifacts.remove(path)
        return c.json({})
      default:
        throw new Refusal('ENDPOINT_NOT_FOUND', 'Artifacts are put, read, listed and removed here.')
    }
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

/** A name that comes several times is a list. */
function queryOf(c: Context): Record<string, unknown> {
  const lists = new Set(['experiment_ids', 'order_by'])
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([key, values]) => [key, lists.has(key) ? values : values[0]]),
  )
}

async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const body = await c.req.text()
  if (body === '') return {}
  try {
    const asked: unknown = JSON.parse(body)
    if (asked !== null && typeof asked === 'object' && !Array.isArray(asked)) return { ...asked }
  } catch {
    // Told below.
  }
  throw new Refusal('INVALID_PARAMETER_VALUE', 'The body is no JSON object.')
}
