import { Hono } from 'hono'
import { fail, isSecret } from '../../engine/kit/index.ts'
import type { DeviceDoor } from '../door.ts'
import type { Answering } from '../serving/index.ts'
import { bodyOf } from './body.ts'
import { openInstance } from './pictures.ts'

/** Milliseconds between two looks that anyone may ask for. */
const BETWEEN_LOOKS = 500

/**
 * What steers the device, by those who have its token: `switch` and `rollback` of a model, `ingest` of a stick's file,
 * `export` of what waits for the publisher, `capture` of a row that a person found worth it. `state` is for everyone,
 * and so is `poll`, which only makes the device look sooner.
 */
export function steeringDoor(device: DeviceDoor, answering: Answering): Hono {
  const door = new Hono()
  let looked = 0

  door.get('/v1/edgewright/state', c => c.json(device.report()))
  door.post('/v1/edgewright/poll', async c => {
    const now = performance.now()
    if (now - looked >= BETWEEN_LOOKS) {
      looked = now
      await device.pollNow()
    }
    return c.json(device.report())
  })
  door.use('/v1/edgewright/*', async (c, next) => {
    if (!isSecret(c.req.header('authorization') ?? '', `Bearer ${device.token}`))
      throw fail(
        'no-permission',
        'Only who has the token of this device may steer it.',
        'It is in the file "token" of the state folder.',
      )
    await next()
  })
  door.post('/v1/edgewright/rollback', async c => {
    const { model } = fieldsOf(await c.req.text())
    await device.rollBack(modelOf(device, model))
    return c.json(device.report())
  })
  door.post('/v1/edgewright/switch', async c => {
    const { model, version } = fieldsOf(await c.req.text())
    if (!Number.isInteger(version))
      throw fail('bad-input', 'The request names no version.', 'Send {"model": "…", "version": 2}.')
    await device.switchTo(modelOf(device, model), version as number)
    return c.json(device.report())
  })
  door.post('/v1/edgewright/ingest', async c => {
    const { file } = fieldsOf(await c.req.text())
    if (typeof file !== 'string')
      throw fail('bad-input', 'The request names no file.', 'Send {"file": "/media/stick/….edgepack"}.')
    return c.json({ result: await device.ingest(file) })
  })
  door.post('/v1/edgewright/export', async c => {
    const { out } = fieldsOf(await c.req.text())
    if (typeof out !== 'string')
      throw fail('bad-input', 'The request names no folder.', 'Send {"out": "/media/stick"}.')
    return c.json({ files: await device.exportTo(out) })
  })
  door.post('/v1/edgewright/capture', async c => {
    const { model, instance } = fieldsOf(await c.req.text())
    const name = modelOf(device, model)
    answering.keep(name, await openInstance(instance, answering.model(name)))
    return c.json({ kept: true })
  })
  return door
}

const fieldsOf = (text: string): Record<string, unknown> => {
  const body = text.trim() ? bodyOf(text) : {}
  return body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : {}
}

/** A device with one model needs not be told which. */
function modelOf(device: DeviceDoor, named: unknown): string {
  if (typeof named === 'string') return named
  const models = device.models()
  const [only] = models
  if (only !== undefined && models.length === 1) return only
  throw fail(
    'bad-input',
    models.length
      ? 'This device has several models, and the request names none.'
      : 'This device has no model yet.',
    models.length ? `Name one of ${models.slice(0, 10).join(', ')}.` : 'Publish one first.',
  )
}
