import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { FailureError, fail, failureOf, isSecret } from '../../engine/kit/index.ts'
import type { Fleet } from '../fleet.ts'
import type { Measuring } from '../measure/index.ts'
import { measureDoor } from './measure.ts'
import { metadataOf } from './metadata.ts'
import { technicianPage } from './page.ts'
import { answerOf, readQuestion } from './request.ts'
import { targetOf } from './target.ts'

/** Bytes of one request. */
const LONGEST_BODY = 32 << 20

const STATUS: Record<string, 400 | 404 | 409 | 413 | 503> = {
  'bad-input': 400,
  'wrong-type': 400,
  'not-found': 404,
  'already-there': 409,
  unreachable: 503,
}

const words = ({ message, remedy }: { message: string; remedy: string }) => `${message} ${remedy}`.trim()

/**
 * The device's HTTP door: predictions and model status as TensorFlow Serving's REST API gives them
 * (https://www.tensorflow.org/tfx/serving/api_rest), the device's own state and rollback, measuring, and a page for a
 * person.
 */
export function restDoor(fleet: Fleet, measuring: Measuring): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    const failure = failureOf(error)
    const status = STATUS[failure.code] ?? 500
    if (!(error instanceof FailureError)) console.error(error)
    if (status === 503) c.header('retry-after', '1')
    return c.json({ error: words(failure) }, status)
  })
  app.notFound(c =>
    c.json({ error: 'There is nothing at this address. See / for what this device does.' }, 404),
  )
  // Before the limit that holds for the others: models are larger than questions.
  app.route('/', measureDoor(measuring))
  app.use(
    bodyLimit({
      maxSize: LONGEST_BODY,
      onError: c =>
        c.json({ error: 'The request is longer than 32 MB. Send the instances in several requests.' }, 413),
    }),
  )

  app.get('/', c => {
    c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    c.header('cache-control', 'no-store')
    return c.html(technicianPage(fleet.report()))
  })
  app.get('/v1/models', c => c.json({ models: fleet.models() }))
  app.get('/v1/models/*', c => {
    const { model, version, verb } = targetOf(c.req.url)
    if (verb === 'metadata') return c.json(metadataOf(fleet.serving(model, version).model))
    if (verb) return c.json({ error: `Ask with POST for :${verb}.` }, 405)
    const versions = fleet.versions(model)
    const wanted = versions?.filter(state => version === undefined || state.version === version)
    if (!wanted?.length) {
      fleet.serving(model, version)
      throw fail('not-found', `${model} has no version yet.`, 'Ask again later.')
    }
    return c.json({
      model_version_status: wanted.map(state => ({
        version: String(state.version),
        state: state.state,
        status: {
          error_code: state.state === 'END' ? 'FAILED_PRECONDITION' : 'OK',
          error_message: state.message,
        },
      })),
    })
  })
  app.post('/v1/models/*', async c => {
    const { model, version, verb } = targetOf(c.req.url)
    if (verb !== 'predict')
      throw fail(
        'not-found',
        verb ? `This device does not know :${verb}.` : 'The address does not say what to do.',
        `Use POST /v1/models/${encodeURIComponent(model)}:predict.`,
      )
    const { model: answering, tally } = fleet.serving(model, version)
    const began = performance.now()
    try {
      const question = readQuestion(bodyOf(await c.req.text()), c.req.query('signature'), answering)
      const answer = answerOf(question, answering)
      tally.answered(question.instances.length, performance.now() - began)
      return c.json(answer as object)
    } catch (error) {
      tally.errors++
      throw error
    }
  })

  app.get('/v1/edgewright/state', c => c.json(fleet.report()))
  app.post('/v1/edgewright/rollback', async c => {
    if (!isLocal(c) || !isSecret(c.req.header('authorization') ?? '', `Bearer ${fleet.token}`))
      return c.json(
        { error: 'Only the computer of this device, with the token in its state folder, may roll it back.' },
        403,
      )
    const body = bodyOf(await c.req.text())
    const model = body && typeof body === 'object' && 'model' in body ? body.model : undefined
    if (typeof model !== 'string')
      throw fail('bad-input', 'The request names no model.', 'Send {"model": "…"}.')
    await fleet.rollBack(model)
    return c.json(fleet.report())
  })
  return app
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 120) : ''
    throw fail(
      'bad-input',
      text.trim() ? `The request is not JSON (${why}).` : 'The request is empty.',
      'Send JSON like {"instances": [{"feature": value, …}]}.',
    )
  }
}

function isLocal(c: Context): boolean {
  const address = getConnInfo(c).remote.address ?? ''
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}
