import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { fail } from '../../../engine/kit/index.ts'
import type { DeviceDoor } from '../../door.ts'
import { pinOf } from '../../pin.ts'
import type { Answering } from '../../serving/index.ts'
import { bodyOf } from '../body.ts'
import { openInstance } from '../pictures.ts'
import { liveParts, POLICY, technicianPage } from './page.ts'
import { openPins, SESSION } from './pins.ts'
import { placeOn } from './sticks.ts'

const COOKIE = 'edgewright'

/**
 * `GET /` is the page for the person in front of the device; what it needs lies below `/page`. Looking and trying are
 * for everyone who reaches the device, steering is for who knows its PIN.
 */
export function pageDoor(device: DeviceDoor, answering: Answering): Hono {
  const door = new Hono()
  const pins = openPins(pinOf(device.token))

  door.get('/', c => {
    c.header('content-security-policy', POLICY)
    c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    return c.html(technicianPage(device, answering))
  })
  door.get('/page/live', c => {
    c.header('cache-control', 'no-store')
    return c.json(liveParts(device, answering))
  })
  door.get('/page/example', c => c.json(answering.model(c.req.query('model') ?? '').example as object | null))

  door.post('/page/*', async (c, next) => {
    if (!isOwn(c)) return c.json({ error: 'Only the page of this device may steer it.' }, 403)
    return next()
  })
  door.post('/page/pin', async c => {
    const { pin } = await fieldsOf(c)
    setCookie(c, COOKIE, pins.admit(pin), {
      path: '/page',
      httpOnly: true,
      sameSite: 'Strict',
      maxAge: SESSION / 1000,
    })
    return c.json({ done: 'The PIN is right.' })
  })
  door.post('/page/*', async (c, next) => {
    if (!pins.isIn(getCookie(c, COOKIE))) return c.json({ error: 'This needs the PIN of the device.' }, 401)
    return next()
  })
  door.post('/page/switch', async c => {
    const { model, version } = await fieldsOf(c)
    const name = nameOf(model)
    if (!Number.isInteger(version)) throw fail('bad-input', 'The request names no version.', 'Choose one.')
    await device.switchTo(name, version as number)
    return c.json({ done: `${name} v${version} answers.` })
  })
  door.post('/page/rollback', async c => {
    const name = nameOf((await fieldsOf(c)).model)
    await device.rollBack(name)
    const runs = device.report().models.find(each => each.model === name)?.reports
    return c.json({ done: `${name} v${runs} answers again.` })
  })
  door.post('/page/ingest', async c => {
    const { stick, file } = await fieldsOf(c)
    return c.json({ done: await device.ingest(placeOn(device.media, stick, file ?? '')) })
  })
  door.post('/page/export', async c => {
    const { stick } = await fieldsOf(c)
    const files = await device.exportTo(placeOn(device.media, stick))
    return c.json({
      done: `${files.length} ${files.length === 1 ? 'file is' : 'files are'} on the stick. It may be pulled.`,
    })
  })
  door.post('/page/keep', async c => {
    const { model, instance } = await fieldsOf(c)
    const name = nameOf(model)
    answering.keep(name, await openInstance(instance, answering.model(name)))
    return c.json({ done: 'The row is kept for the publisher.' })
  })
  door.post('/page/leave', c => {
    pins.leave(getCookie(c, COOKIE))
    return c.json({ done: 'The PIN is needed again.' })
  })
  return door
}

/** Whether a request comes from the page itself: another site can send neither JSON nor this origin. */
function isOwn(c: Context): boolean {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  return (
    (c.req.header('content-type') ?? '').startsWith('application/json') &&
    (site === undefined || site === 'same-origin') &&
    (origin === undefined || hostOf(origin) === c.req.header('host'))
  )
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)

async function fieldsOf(c: Context): Promise<Record<string, unknown>> {
  const body = bodyOf(await c.req.text())
  return body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : {}
}

function nameOf(model: unknown): string {
  if (typeof model === 'string') return model
  throw fail('bad-input', 'The request names no model.', 'Choose one.')
}
