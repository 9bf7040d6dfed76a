import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { MOST_PIXELS, measure } from '../../../main/engine/dataset/images/measure.ts'
import { bomb, distance, noise, plain, shapes } from './pictures.ts'

describe('what is known of a picture', () => {
  test('size, channels and format of the file, luma in shares', async () => {
    const gray = await measure(await plain({ color: '#808080' }))
    expect(gray).toEqual({
      width: 64,
      height: 48,
      channels: 3,
      format: 'png',
      brightness: 0.502,
      contrast: 0,
      sharpness: 0,
      hash: null,
      problem: null,
    })
    // 0.299 x 255 / 255
    expect((await measure(await plain({ color: '#ff0000' }))).brightness).toBe(0.299)
    expect((await measure(await plain({ color: '#00ff00' }))).brightness).toBe(0.587)
    expect((await measure(await plain({ color: '#0000ff' }))).brightness).toBe(0.114)
  })

  test('half black and half white has the widest spread of luma', async () => {
    const pixels = Buffer.alloc(32 * 32 * 3)
    pixels.fill(255, pixels.length / 2)
    const picture = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toBuffer()
    expect(await measure(picture)).toMatchObject({ brightness: 0.5, contrast: 0.5 })
  })

  test('the Laplacian of one white pixel among black ones', async () => {
    const pixels = Buffer.alloc(9 * 9 * 3)
    pixels.fill(255, (4 * 9 + 4) * 3, (4 * 9 + 5) * 3)
    const picture = await sharp(pixels, { raw: { width: 9, height: 9, channels: 3 } })
      .png()
      .toBuffer()
    // Of 49 inner pixels one is -1020 and four are 255; their mean is 0.
    const variance = (1020 ** 2 + 4 * 255 ** 2) / 49
    expect((await measure(picture)).sharpness).toBeCloseTo(variance, 1)
  })

  test('a blurred picture is less sharp', async () => {
    const sharpOne = await shapes(3, { as: 'png' })
    const blurred = await sharp(sharpOne).blur(4).png().toBuffer()
    const [clear, soft] = [await measure(sharpOne), await measure(blurred)]
    expect((soft.sharpness as number) * 5).toBeLessThan(clear.sharpness as number)
  })

  test('a rotation in EXIF is followed', async () => {
    const upright = await shapes(4, { width: 160, height: 120, as: 'jpeg', quality: 95 })
    const turned = await sharp(upright)
      .rotate(270)
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer()
    const [a, b] = [await measure(upright), await measure(turned)]
    expect(b).toMatchObject({ width: 160, height: 120 })
    expect(distance(a.hash as string, b.hash as string)).toBeLessThanOrEqual(4)
  })

  test('gray, transparent, 16 bits, CMYK and animated ones are measured like any other', async () => {
    const picture = () => sharp({ create: { width: 20, height: 10, channels: 3, background: '#646464' } })
    const kinds = {
      gray: await picture().toColourspace('b-w').png().toBuffer(),
      deep: await picture().toColourspace('rgb16').png().toBuffer(),
      deepGray: await picture().toColourspace('grey16').png().toBuffer(),
      cmyk: await picture().toColourspace('cmyk').jpeg().toBuffer(),
      gif: await picture().gif().toBuffer(),
      avif: await picture().avif().toBuffer(),
      tiff: await picture().tiff().toBuffer(),
    }
    for (const [kind, bytes] of Object.entries(kinds)) {
      const facts = await measure(bytes)
      expect(facts, kind).toMatchObject({ width: 20, height: 10, problem: null })
      expect(facts.brightness, kind).toBeCloseTo(100 / 255, 1)
    }
    expect((await measure(kinds.gray)).channels).toBe(1)
    const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer()
    // What is transparent is seen on white.
    expect(await measure(clear)).toMatchObject({ channels: 4, brightness: 1, problem: null })
  })

  test('one pixel, one row and one column', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 50],
      [50, 1],
      [2, 2],
    ] as const)
      expect(await measure(await plain({ width, height }))).toMatchObject({ width, height, problem: null })
  })
})

describe('what cannot be read has a reason', () => {
  test('empty, text, a web page, another kind of file', async () => {
    const problem = async (bytes: Uint8Array | string) =>
      (await measure(Buffer.from(bytes as string))).problem
    expect(await problem('')).toBe('It is empty (0 bytes).')
    expect(await problem('this is no picture\n')).toBe('It is text, not a picture.')
    expect(await problem('<!DOCTYPE html><html>404</html>')).toBe('It is a web page, not a picture.')
    expect(await problem(`%PDF-1.7${'\0'.repeat(40)}`)).toBe('It is a PDF, not a picture.')
    expect(await problem(`BM${'\0'.repeat(60)}`)).toMatch(/BMP/)
  })

  test.each(['jpeg', 'png', 'webp'] as const)('a %s that is cut off', async as => {
    const whole = await noise(1, { as })
    for (const share of [0.95, 0.5, 0.2, 0.02]) {
      const facts = await measure(whole.subarray(0, Math.floor(whole.length * share)))
      expect(facts.problem, `${share}`).toMatch(/cut off|damaged|not a picture/)
      expect(facts.hash).toBeNull()
    }
  })

  test('a few bytes that claim 50,000 x 50,000 pixels are not decoded', async () => {
    const before = process.memoryUsage().rss
    const facts = await measure(bomb(50_000, 50_000))
    expect(facts).toMatchObject({ width: 50_000, height: 50_000, format: 'png', brightness: null })
    expect(facts.problem).toMatch(/50,000 × 50,000 pixels/)
    expect(50_000 * 50_000).toBeGreaterThan(MOST_PIXELS)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20)
  })

  test('any bytes are measured or have a problem', async () => {
    const whole = await shapes(8, { as: 'jpeg' })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }),
        fc.nat(whole.length),
        async (changes, length) => {
          const bytes = Buffer.from(whole)
          for (const [at, byte] of changes) bytes[at] = byte
          const facts = await measure(bytes.subarray(0, length))
          expect(facts.problem !== null || (facts.brightness !== null && facts.width !== null)).toBe(true)
          if (facts.problem !== null) expect(facts.problem).toMatch(/^It .*\.$|^BMP/)
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)
})

describe('the perceptual hash', () => {
  test('a picture resized or encoded anew stays within 4 bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.4, max: 2, noNaN: true }),
        fc.constantFrom('jpeg' as const, 'webp' as const),
        fc.integer({ min: 60, max: 95 }),
        async (seed, scale, as, quality) => {
          const picture = await shapes(seed, { width: 320, height: 240, as: 'png' })
          const width = Math.round(320 * scale)
          const again = sharp(picture).resize({ width })
          const bytes = await (as === 'jpeg' ? again.jpeg({ quality }) : again.webp({ quality })).toBuffer()
          const [a, b] = [await measure(picture), await measure(bytes)]
          expect(distance(a.hash as string, b.hash as string)).toBeLessThanOrEqual(4)
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)

  test('pictures that differ are more than 10 bits apart, but for a few', async () => {
    const hashes: string[] = []
    for (let seed = 0; seed < 60; seed++)
      hashes.push((await measure(await shapes(seed + 500))).hash as string)
    for (let seed = 0; seed < 20; seed++) hashes.push((await measure(await noise(seed))).hash as string)
    const all = hashes.flatMap((a, at) => hashes.slice(at + 1).map(b => distance(a, b)))
    expect(all.filter(bits => bits <= 10).length).toBeLessThan(all.length * 0.005)
    const mean = all.reduce((sum, bits) => sum + bits, 0) / all.length
    expect(mean).toBeGreaterThan(26)
  }, 30_000)

  test('a plain area has none', async () => {
    expect((await measure(await plain({ color: '#3366cc', as: 'jpeg' }))).hash).toBeNull()
  })
})
