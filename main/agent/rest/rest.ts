import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { FailureError, fail, failureOf } from '../../engine/kit/index.ts'
import type { DeviceDoor } from '../door.ts'
import type { Measuring } from '../measure/index.ts'
import type { Answering } from '../serving/index.ts'
import { bodyOf } from './body.ts'
import { healthDoor } from './health.ts'
import { versionBy } from './labels.ts'
import { measureDoor } from './measure.ts'
import { metadataOf } from './metadata.ts'
import { pageDoor } from './page/index.ts'
import { answerOf, readQuestion } from './request.ts'
import { steeringDoor } from './steering.ts'
import { type Target, targetOf } from './target.ts'

/** Bytes of one request. */
const LONGEST_BODY = 32 << 20

const STATUS: Record<string, 400 | 403 | 404 | 409 | 413 | 429 | 503> = {
  'bad-input': 400,
  'wrong-type': 400,
  'not-found': 404,
  'already-there': 409,
  'no-permission': 403,
  tampered: 409,
  expired: 409,
  'in-use': 429,
  unreachable: 503,
}

const words = ({ message, remedy }: { message: string; remedy: string }) => `${message} ${remedy}`.trim()

/**
 * The device's HTTP door: predictions and model status as TensorFlow Serving's REST API gives them
 * (https://www.tensorflow.org/tfx/serving/api_rest), health and metrics, what steers the device, measuring, and a page
 * for a person.
 */
export function restDoor(device: DeviceDoor, answering: Answering, measuring: Measuring): Hono {
  const app = new Hono()
  const named = ({ label, ...target }: Target): Target => {
    if (label === undefined) return target
    // A model that is not here is told before a label of it.
    answering.model(target.model)
    return { ...target, version: versionBy(device, target.model, label) }
  }
  app.onError((error, c) => {
    const failure = failureOf(error)
    const status = STATUS[failure.code] ?? 500
    if (!(error instanceof FailureError)) console.error(error)
    if (status === 503) c.header('retry-after', '1')
    // TensorFlow Serving knows one text; who steers the device tells a sentence and what to do apart.
    const { code, message, remedy } = failure
    const apart = c.req.path.startsWith('/v1/edgewright/') ? { failure: { code, message, remedy } } : {}
    return c.json({ error: words(failure), ...apart }, status)
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

  app.get('/v1/models', c => c.json({ models: device.models() }))
  app.get('/v1/models/*', c => {
    const { model, version, verb } = named(targetOf(c.req.url))
    if (verb === 'metadata') return c.json(metadataOf(answering.model(model, version)))
    if (verb) return c.json({ error: `Ask with POST for :${verb}.` }, 405)
    const versions = device.versions(model)
    const wanted = versions?.filter(state => version === undefined || state.version === version)
    if (!wanted?.length) {
      answering.model(model, version)
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
    const { model, version, verb } = named(targetOf(c.req.url))
    if (verb !== 'predict')
      throw fail(
        'not-found',
        verb ? `This device does not know :${verb}.` : 'The address does not say what to do.',
        `Use POST /v1/models/${encodeURIComponent(model)}:predict.`,
      )
    answering.model(model, version)
    const body = bodyOf(await c.req.text())
    // From here to the answer nothing waits, so that no switch falls between.
    const question = readQuestion(body, c.req.query('signature'), answering.model(model, version))
    const answered = answering.ask(model, version, question)
    c.header('x-edgewright-version', [...new Set(answered.versions)].join(', '))
    return c.json(answerOf(question, answered) as object)
  })
  app.route('/', pageDoor(device, answering))
  app.route('/', healthDoor(device))
  app.route('/', steeringDoor(device, answering))
  return app
}
