import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { agentHere } from '../agent/agentHere.ts'
import { openPublisher, type Publisher } from '../agent/publishHere.ts'
import { classOf, folder } from '../agent/tinyModel.ts'
import { barriers } from './barriers.ts'
import { describeWith, findChromium, pictures, quietFlags } from './runtime.ts'

const FORMS = [
  ['phone', 360, 740],
  ['desktop', 1280, 900],
] as const

/** A device with two versions and a stick, as a person in front of it sees it. */
describeWith(findChromium(), 'the page of a device', path => {
  let browser: Browser
  const pages: Page[] = []
  const errors: string[] = []
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: path, args: quietFlags() })
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
    expect(errors.splice(0)).toEqual([])
  })
  afterAll(() => browser.close())

  async function device() {
    const publisher = await openPublisher()
    await publisher.publish({ version: 1 })
    const media = folder('edgewright-media-')
    const here = await agentHere(publisher.where, { media, name: 'crane-02' })
    await here.serves(1)
    await publisher.publish({ version: 2 })
    await here.serves(2)
    return { publisher, here, media }
  }

  async function open(address: string, look: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, ...look })
    const page = await context.newPage()
    pages.push(page)
    page.on('console', message => {
      // That the PIN is needed, or a row is wrong, it learns by the status.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) errors.push(message.text())
    })
    page.on('pageerror', error => errors.push(error.message))
    await page.goto(`${address}/`)
    return page
  }

  async function plugIn(publisher: Publisher, media: string): Promise<string> {
    const stick = join(media, 'usb')
    mkdirSync(stick)
    writeFileSync(join(stick, 'SITE-everyone-2026-11-22.edgepack'), readFileSync(await publisher.pack()))
    return stick
  }

  test('reads well in both sizes and themes, says everything, and nothing is in anybody’s way', async () => {
    const { publisher, here, media } = await device()
    await plugIn(publisher, media)
    await expect
      .poll(async () => (await here.report()).timeline.some(({ event }) => event.startsWith('Stick')), {
        timeout: 15_000,
      })
      .toBe(true)
    for (const [form, width, height] of FORMS)
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await open(here.address, { viewport: { width, height }, colorScheme })
        await page.getByRole('heading', { name: 'Bolt inspector v2' }).waitFor()
        await page.getByText('Running and healthy').waitFor()
        await page.getByText(here.code, { exact: true }).waitFor()
        await page.getByRole('button', { name: 'Junior' }).waitFor()
        await page.getByRole('button', { name: 'Senior' }).waitFor()
        await page.getByRole('button', { name: 'Ask', exact: true }).click()
        await page.getByText('said v2').waitFor()
        expect(await barriers(page)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
        await page.screenshot({
          path: join(pictures(), `technician-${form}-${colorScheme}.png`),
          fullPage: true,
        })
      }
  })

  test('switches and goes back for who knows the PIN, and for nobody else', async () => {
    const { here } = await device()
    const page = await open(here.address)
    await page.getByRole('button', { name: 'Senior' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('PIN').fill('12345678')
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await dialog.getByText('That is not the PIN of this device.').waitFor()
    expect(await barriers(page)).toEqual([])
    expect((await here.model())?.reports).toBe(2)
    await dialog.getByLabel('PIN').fill(`${here.pin.slice(0, 4)} ${here.pin.slice(4)}`)
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('Bolt inspector v1 answers.').waitFor()
    await page.getByRole('heading', { name: 'Bolt inspector v1' }).waitFor()
    await here.serves(1)
    // It is not asked for again, also after the page was loaded anew; scripts cannot see what stands for it.
    await page.reload()
    await page.getByRole('button', { name: 'Junior' }).click()
    await page.getByRole('heading', { name: 'Bolt inspector v2' }).waitFor()
    await page.getByRole('button', { name: 'Go back to v1' }).click()
    await page.getByRole('heading', { name: 'Bolt inspector v1' }).waitFor()
    expect(await page.evaluate(() => document.cookie)).toBe('')
    const [cookie] = await page.context().cookies(`${here.address}/page`)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/page' })
    expect((cookie?.expires ?? 0) - Date.now() / 1000).toBeLessThan(12 * 3600 + 5)
  })

  test('keeps what is typed while the device goes on, and answers it', async () => {
    const { publisher, here } = await device()
    const page = await open(here.address)
    const weight = page.getByLabel('weight')
    expect(await weight.inputValue()).toBe('11')
    await weight.fill('7,5')
    await publisher.publish({ version: 3 })
    await page.getByRole('heading', { name: 'Bolt inspector v3' }).waitFor()
    await page.waitForTimeout(2500)
    expect(await weight.inputValue()).toBe('7,5')
    await page.getByRole('button', { name: 'Ask', exact: true }).click()
    await page.getByText('said v3').waitFor()
    expect(await page.locator('[data-answer] .name').textContent()).toBe(classOf(3))
    await weight.fill('heavy')
    await page.getByRole('button', { name: 'Ask', exact: true }).click()
    await page.getByText(/"weight".*number/).waitFor()
  })

  test('asks a model of pictures about what a camera took, and shows it as small as it wants', async () => {
    const publisher = await openPublisher()
    await publisher.publish({
      version: 1,
      transform: {
        format: 'edgewright-transform/1',
        features: [
          {
            kind: 'image',
            name: 'picture',
            height: 1,
            width: 1,
            channels: 3,
            scale: '0..1',
            resize: 'stretch',
          },
        ],
        leftOut: [],
        width: 3,
      },
      row: { picture: { b64: Buffer.from([128, 255, 0]).toString('base64') } },
    })
    const here = await agentHere(publisher.where)
    await expect.poll(async () => (await here.model())?.state, { timeout: 15_000 }).toBe('serving')
    const page = await open(here.address)
    const sent: unknown[] = []
    page.on('request', request => {
      if (request.url().endsWith(':predict')) sent.push(request.postDataJSON().instances[0])
    })
    const seen = () =>
      page
        .locator('canvas')
        .evaluate((canvas: HTMLCanvasElement) => [
          ...(canvas.getContext('2d')?.getImageData(0, 0, 1, 1).data ?? []),
        ])
    // Its example first.
    await expect.poll(seen).toEqual([128, 255, 0, 255])
    await page.getByRole('button', { name: 'Ask', exact: true }).click()
    await page.getByText('said v1').waitFor()
    const { default: sharp } = await import('sharp')
    const png = await sharp({
      create: { width: 40, height: 30, channels: 3, background: { r: 10, g: 200, b: 90 } },
    })
      .png()
      .toBuffer()
    await page
      .getByLabel(/Take or choose a picture/)
      .setInputFiles({ name: 'part.png', mimeType: 'image/png', buffer: png })
    // The file itself: the device decodes it as training did.
    await expect.poll(() => sent.at(-1)).toEqual({ picture: { b64: png.toString('base64') } })
    expect(await seen()).toEqual([10, 200, 90, 255])
    await page.getByText(classOf(1)).first().waitFor()
    expect(await barriers(page)).toEqual([])
    await page
      .getByLabel(/Take or choose a picture/)
      .setInputFiles({ name: 'part.png', mimeType: 'image/png', buffer: png.subarray(0, -20) })
    await page.getByText(/the picture "picture" is cut off/).waitFor()
    await page
      .getByLabel(/Take or choose a picture/)
      .setInputFiles({ name: 'part.webp', mimeType: 'image/webp', buffer: Buffer.from('no picture') })
    await page.getByText('This browser cannot read the picture.').waitFor()
  })

  test('shows what a stick did, and writes what waits onto it', async () => {
    const { publisher, here, media } = await device()
    const page = await open(here.address)
    await page.getByText('No stick is plugged in.').waitFor()
    const stick = await plugIn(publisher, media)
    await page
      .getByText(/crane-02: .*v2 active/)
      .first()
      .waitFor({ timeout: 15_000 })
    expect(readFileSync(join(stick, 'RESULT.txt'), 'utf8')).toContain('v2 active')
    await page.getByRole('button', { name: 'Write the request for approval onto the stick' }).click()
    await page.getByRole('dialog').getByLabel('PIN').fill(here.pin)
    await page.keyboard.press('Enter')
    await page.getByText(/on the stick. It may be pulled/).waitFor()
    expect(readFileSync(join(stick, `enrol-${here.id}.req`), 'utf8')).toContain(here.id)
  })
})

test('steering is refused without the PIN, from other sites, and after five wrong tries', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const here = await agentHere(publisher.where, { media: folder('edgewright-media-') })
  await here.serves(1)
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const answer = await fetch(here.url(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return {
      status: answer.status,
      cookie: answer.headers.get('set-cookie'),
      ...((await answer.json()) as { error?: string }),
    }
  }
  expect((await post('/page/switch', { model: 'Bolt inspector', version: 1 })).status).toBe(401)
  // The token of the command line is not for browsers.
  const bearer = { authorization: `Bearer ${here.token}` }
  expect((await post('/page/switch', { model: 'Bolt inspector', version: 1 }, bearer)).status).toBe(401)
  for (const headers of [
    { 'content-type': 'text/plain' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[])
    expect([headers, (await post('/page/pin', { pin: here.pin }, headers)).status]).toEqual([headers, 403])
  const right = await post('/page/pin', { pin: here.pin })
  expect(right.status).toBe(200)
  const cookie = { cookie: right.cookie?.split(';')[0] as string }
  expect((await post('/page/switch', { model: 'Bolt inspector', version: 1 }, cookie)).status).toBe(200)
  expect((await post('/page/switch', { model: 'Bolt inspector', version: 7 }, cookie)).status).toBe(404)
  expect(
    (
      await post(
        '/page/switch',
        { model: 'Bolt inspector', version: 1 },
        { ...cookie, origin: 'http://evil.example' },
      )
    ).status,
  ).toBe(403)
  for (const stick of ['..', '/', '.', 'usb', null])
    expect([stick, (await post('/page/export', { stick }, cookie)).status]).toEqual([stick, 404])
  await post('/page/leave', {}, cookie)
  expect((await post('/page/switch', { model: 'Bolt inspector', version: 1 }, cookie)).status).toBe(401)
  for (const pin of ['', '1', '00000000', 5, null])
    expect((await post('/page/pin', { pin })).status).toBe(403)
  const late = await post('/page/pin', { pin: here.pin })
  expect(late).toMatchObject({
    status: 429,
    error: expect.stringMatching(/^Too many wrong PINs\. Wait \d+ s/),
  })

  const page = await fetch(here.url('/'))
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
  const text = await page.text()
  expect(text).not.toContain(here.pin)
  expect(text).not.toContain(here.token)
  expect(text).not.toMatch(/(src|href)="(?!data:)/)
})
