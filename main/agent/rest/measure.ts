import { Hono } from 'hono'
import { FailureError, fail, failureOf } from '../../engine/kit/index.ts'
import { type Measuring, TooLarge } from '../measure/index.ts'

const STATUS: Record<string, 400 | 403 | 422 | 429 | 501 | 507> = {
  'bad-input': 400,
  'no-permission': 403,
  'unsupported-graph': 422,
  'unreadable-file': 422,
  'in-use': 429,
  'not-found': 501,
  unsupported: 501,
  'disk-full': 507,
}

const MOST_RUNS = 200

/**
 * `GET /v1/measure` says whether one may measure, and how large a model may be. `POST /v1/measure[?runs=N]` with the file
 * of a TFLite model or a GraphDef as its body answers with its latency here. A refusal is told as on the other addresses,
 * and as a failure beside it.
 */
export function measureDoor(measuring: Measuring): Hono {
  const door = new Hono()
  door.onError((error, c) => {
    const failure = failureOf(error)
    if (!(error instanceof FailureError)) console.error(error)
    const status = error instanceof TooLarge ? 413 : (STATUS[failure.code] ?? 500)
    // What is still on its way is not waited for.
    c.header('connection', 'close')
    return c.json({ error: `${failure.message} ${failure.remedy}`, failure }, status)
  })
  door.use('/v1/measure', async (c, next) => {
    measuring.permit(c.req.header('authorization'))
    await next()
  })
  door.get('/v1/measure', c => c.json({ mostBytes: measuring.mostBytes }))
  door.post('/v1/measure', async c => {
    if (c.req.header('content-type') !== 'application/octet-stream')
      throw fail(
        'bad-input',
        'The request is no model file.',
        'Send the file itself, with "content-type: application/octet-stream".',
      )
    const asked = c.req.query('runs')
    const runs = asked === undefined ? undefined : Number(asked)
    if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1 && runs <= MOST_RUNS))
      throw fail(
        'bad-input',
        `"${asked?.slice(0, 40)}" is no number of runs.`,
        `Give a whole number from 1 to ${MOST_RUNS}.`,
      )
    const { body, signal } = c.req.raw
    const announced = Number(c.req.header('content-length') ?? 0)
    return c.json(await measuring.measure({ body, announced, runs }, signal))
  })
  return door
}
