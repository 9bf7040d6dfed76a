import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { fail, failureOf } from '../../engine/kit/index.ts'
import type { DeviceDoor } from '../door.ts'
import type { Measuring } from '../measure/index.ts'
import type { Answering } from '../serving/index.ts'
import { healthDoor } from './health.ts'
import { versionOf } from './labels.ts'
import { measureDoor } from './measure.ts'
import { metadataOf } from './metadata.ts'
import { pageDoor } from './page/index.ts'
import { addressOf, predictDoor } from './predict.ts'
import { LONGEST_BODY, refusalOf, TooLong } from './refusal.ts'
import { steeringDoor } from './steering.ts'
import { targetOf } from './target.ts'

/**
 * The device's HTTP door: predictions and model status as TensorFlow Serving's REST API gives them
 * (https://www.tensorflow.org/tfx/serving/api_rest), health and metrics, what steers the device, measuring, and a page
 * for a person.
 */
export function restDoor(device: DeviceDoor, answering: Answering, measuring: Measuring): RequestListener {
  const predict = predictDoor(device, answering)
  const others = getRequestListener(othersDoor(device, answering, measuring).fetch)
  return (incoming, outgoing) =>
    incoming.method === 'POST' && addressOf(incoming.url ?? '').pathname.startsWith('/v1/models/')
      ? predict(incoming, outgoing)
      : others(incoming, outgoing)
}

/** All but predictions. */
function othersDoor(device: DeviceDoor, answering: Answering, measuring: Measuring): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    const { status, body, headers } = refusalOf(error)
    // TensorFlow Serving knows one text; who steers the device tells a sentence and what to do apart.
    const { code, message, remedy } = failureOf(error)
    const apart = c.req.path.startsWith('/v1/edgewright/') ? { failure: { code, message, remedy } } : {}
    return c.json({ ...body, ...apart }, status, headers)
  })
  app.notFound(c =>
    c.json({ error: 'There is nothing at this address. See / for what this device does.' }, 404),
  )
  // Before the limit that holds for the others: models are larger than questions.
  app.route('/', measureDoor(measuring))
  app.use(
    bodyLimit({
      maxSize: LONGEST_BODY,
      onError: () => {
        throw new TooLong()
      },
    }),
  )

  app.get('/v1/models', c => c.json({ models: device.models() }))
  app.get('/v1/models/*', c => {
    const target = targetOf(new URL(c.req.url).pathname)
    const { model, verb } = target
    const version = versionOf(device, answering, target)
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
  app.route('/', pageDoor(device, answering))
  app.route('/', healthDoor(device))
  app.route('/', steeringDoor(device, answering))
  return app
}
