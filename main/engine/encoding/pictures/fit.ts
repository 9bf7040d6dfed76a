/** A decoded picture: row by row, the channels of a pixel side by side, values 0 to 255. */
export interface Picture {
  width: number
  height: number
  /** 3: red, green, blue; 4: what is seen through beside them, which is not looked at. */
  channels: 3 | 4
  data: Uint8Array
}

/** What a picture becomes: how large, and of how many channels (1: gray, 3: red, green, blue). */
export interface PictureShape {
  width: number
  height: number
  channels: 1 | 3
}

/** Luma of ITU-R BT.601, as TensorFlow's `rgb_to_grayscale` and Pillow's mode L have it. */
const LUMA = [0.299, 0.587, 0.114] as const
/** Lobes of the kernel of Lanczos. */
const LOBES = 3
/**
 * A side is first made smaller by a whole number, each value the mean of as many, so that at least this factor is left to
 * the kernel: that costs a look at each pixel only once (Pillow's `reducing_gap`).
 */
const GAP = 2
/** Weights are multiples of this share, so that the last bit of a sine, which is the machine's own, changes nothing. */
const STEPS = 2 ** 20

/** Values of a picture on its way, which are no bytes any more. */
interface Plane {
  width: number
  height: number
  values: Float32Array
}

/**
 * Brings a picture to a size, stretched to it by the kernel of Lanczos with 3 lobes, which is as wide as the factor where
 * it makes smaller (K. Turkowski, "Filters for Common Resampling Tasks", Graphics Gems I, 1990), and to gray where that
 * is wanted. The same picture gives the same bytes on every machine: training and devices share this code.
 * @returns `height × width × channels` values, row by row
 */
export function fitPicture(picture: Picture, shape: PictureShape): Uint8Array {
  const { width, height, channels } = shape
  const small = reduced(picture, channels, factorOf(picture.width, width), factorOf(picture.height, height))
  const { values } = resizedDown(resizedAcross(small, width, channels), height, channels)
  const bytes = new Uint8Array(width * height * channels)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Math.min(255, Math.max(0, Math.floor((values[i] as number) + 0.5)))
  return bytes
}

const factorOf = (from: number, to: number): number => Math.max(1, Math.floor(from / to / GAP))

/** Means of `across × down` pixels, fewer at the right and lower edge; gray where one channel is wanted. */
function reduced(picture: Picture, channels: 1 | 3, across: number, down: number): Plane {
  const { data, channels: stride } = picture
  const width = Math.ceil(picture.width / across)
  const height = Math.ceil(picture.height / down)
  const values = new Float32Array(width * height * channels)
  const line = new Float64Array(width * 3)
  for (let y = 0; y < height; y++) {
    line.fill(0)
    const end = Math.min(picture.height, (y + 1) * down)
    for (let row = y * down; row < end; row++)
      addRow(line, data, row * picture.width * stride, picture, across)
    const rows = end - y * down
    for (let x = 0; x < width; x++) {
      const count = rows * (Math.min(picture.width, (x + 1) * across) - x * across)
      const [red, green, blue] = [line[x * 3], line[x * 3 + 1], line[x * 3 + 2]] as [number, number, number]
      const at = (y * width + x) * channels
      if (channels === 1) values[at] = (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue) / count
      else {
        values[at] = red / count
        values[at + 1] = green / count
        values[at + 2] = blue / count
      }
    }
  }
  return { width, height, values }
}

/** Adds a row of pixels to the sums of its boxes. */
function addRow(
  sums: Float64Array,
  data: Uint8Array,
  from: number,
  { width, channels }: Picture,
  across: number,
): void {
  let at = from
  for (let x = 0, to = 0; x < width; to += 3) {
    const end = Math.min(width, x + across)
    let red = 0
    let green = 0
    let blue = 0
    for (; x < end; x++, at += channels) {
      red += data[at] as number
      green += data[at + 1] as number
      blue += data[at + 2] as number
    }
    sums[to] = (sums[to] as number) + red
    sums[to + 1] = (sums[to + 1] as number) + green
    sums[to + 2] = (sums[to + 2] as number) + blue
  }
}

/** What one value of a side is made of: how much of each value from `from` on. */
interface Weights {
  from: number
  of: Float64Array
}

function weightsOf(from: number, to: number): Weights[] {
  const scale = from / to
  const wide = Math.max(1, scale)
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale
    const first = Math.max(0, Math.floor(center - LOBES * wide + 0.5))
    const end = Math.min(from, Math.floor(center + LOBES * wide + 0.5))
    const of = Float64Array.from({ length: end - first }, (_, k) =>
      lanczos((first + k + 0.5 - center) / wide),
    )
    const sum = of.reduce((all, each) => all + each, 0)
    return { from: first, of: of.map(each => Math.round((each / sum) * STEPS) / STEPS) }
  })
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

const lanczos = (x: number): number => (Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0)

function resizedAcross(plane: Plane, to: number, channels: number): Plane {
  const { width, height, values } = plane
  if (width === to) return plane
  const weights = weightsOf(width, to)
  const made = new Float32Array(to * height * channels)
  for (let y = 0, out = 0; y < height; y++)
    for (const { from, of } of weights)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        let at = (y * width + from) * channels + channel
        for (let k = 0; k < of.length; k++, at += channels) sum += (of[k] as number) * (values[at] as number)
        made[out++] = sum
      }
  return { width: to, height, values: made }
}

function resizedDown(plane: Plane, to: number, channels: number): Plane {
  const { width, height, values } = plane
  if (height === to) return plane
  const line = width * channels
  const made = new Float32Array(to * line)
  const sums = new Float64Array(line)
  weightsOf(height, to).forEach(({ from, of }, y) => {
    sums.fill(0)
    for (const [k, weight] of of.entries()) {
      const row = (from + k) * line
      for (let x = 0; x < line; x++) sums[x] = (sums[x] as number) + weight * (values[row + x] as number)
    }
    made.set(sums, y * line)
  })
  return { width, height: to, values: made }
}
