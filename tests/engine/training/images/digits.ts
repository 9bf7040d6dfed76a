import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { seeded } from '../../../../main/engine/kit/index.ts'

/** Which of the seven strokes of a pocket calculator each digit has: top, upper left and right, middle, lower left and right, bottom. */
const STROKES = [
  '1110111',
  '0010010',
  '1011101',
  '1011011',
  '0111010',
  '1101011',
  '1101111',
  '1010010',
  '1111111',
  '1111011',
]
const LINES = [
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [1, 0, 1, 1],
  [0, 1, 1, 1],
  [0, 1, 0, 2],
  [1, 1, 1, 2],
  [0, 2, 1, 2],
] as const

/** How the pictures of digits look. */
export interface Look {
  /** Pictures of each class, and which classes. */
  each: number
  digits?: number[]
  seed?: number
  side?: number
  /** In color on a ground of another color. */
  colored?: boolean
}

/**
 * Digits as a pen draws them, each moved, turned, sheared and of its own thickness, with noise: PNG files, one folder a
 * class, as people keep them. The same seed draws the same.
 */
export async function drawDigits(
  folder: string,
  { each, digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], seed = 1, side = 28, colored = false }: Look,
): Promise<string> {
  for (const digit of digits) {
    const place = join(folder, `digit ${digit}`)
    mkdirSync(place, { recursive: true })
    const names = Array.from({ length: each }, (_, nth) => nth)
    await Promise.all(
      names.map(async nth =>
        writeFileSync(
          join(place, `${String(nth).padStart(4, '0')}.png`),
          await drawn(digit, seeded(seed, digit, nth), side, colored),
        ),
      ),
    )
  }
  return folder
}

function drawn(digit: number, random: () => number, side: number, colored: boolean): Promise<Buffer> {
  const around = (spread: number) => (random() * 2 - 1) * spread
  const color = (light: number) => `hsl(${Math.floor(random() * 360)} 80% ${light}%)`
  const [ink, ground] = colored ? [color(30), color(80)] : ['#fff', '#000']
  const lines = LINES.filter((_, stroke) => STROKES[digit]?.[stroke] === '1').map(
    ([x1, y1, x2, y2]) =>
      `<line x1="${10 + x1 * 8 + around(0.6)}" y1="${6 + y1 * 8 + around(0.6)}" x2="${10 + x2 * 8 + around(0.6)}" y2="${6 + y2 * 8 + around(0.6)}"/>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 28 28"><rect width="28" height="28" fill="${ground}"/><g stroke="${ink}" stroke-width="${2 + random() * 2}" stroke-linecap="round" transform="translate(${around(3)} ${around(2.5)}) rotate(${around(8)} 14 14) skewX(${around(8)})">${lines.join('')}</g></svg>`
  const picture = sharp(Buffer.from(svg)).removeAlpha()
  return (colored ? picture : picture.toColorspace('b-w')).png().toBuffer()
}
