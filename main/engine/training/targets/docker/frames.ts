/** One piece of a container's output as its engine kept it. */
export interface Frame {
  level: 'info' | 'error'
  /** When it was written, RFC 3339 with nanoseconds. */
  at: string
  /** One letter a byte, until it is a line. */
  text: string
  /** Whether a line ends with it; a longer line comes in several. */
  ends: boolean
}

/**
 * Cuts the stream of `GET /containers/{id}/logs?timestamps=1` into frames: 8 bytes of header (1 or 2 for output or
 * error, three zeros, length as 32 bits in big endian), then the time, a space and the text. See "Stream format" in the
 * description of the Docker Engine API.
 */
export function openFrames(): (chunk: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    let at = 0
    while (rest.length - at >= 8) {
      const length = rest.readUInt32BE(at + 4)
      if (rest.length - at - 8 < length) break
      // A frame may end within a letter of several bytes; lines are read as UTF-8 when they are whole.
      const text = rest.toString('latin1', at + 8, at + 8 + length)
      const space = text.indexOf(' ')
      const ends = text.endsWith('\n')
      frames.push({
        level: rest[at] === 2 ? 'error' : 'info',
        at: text.slice(0, space),
        text: text.slice(space + 1, ends ? -1 : undefined),
        ends,
      })
      at += 8 + length
    }
    rest = rest.subarray(at)
    return frames
  }
}

/**
 * Where a reader stands in the output of a container: the engine can be asked for what was written since a second, so a
 * place is a second and how many frames since then were read, `1790000000:12`. Frames of the two streams may be kept a
 * little out of order; the second is therefore two before the newest.
 */
export function openPlace(place: string | null) {
  const read = new Map<number, number>()
  const [since, skip] = (place ?? '0:0').split(':').map(Number) as [number, number]
  let toSkip = skip
  let newest = since
  return {
    /** What to ask the engine for. */
    since,
    /** Counts a frame. @returns whether it is new */
    pass(frame: Frame): boolean {
      const second = Math.floor(Date.parse(frame.at) / 1000)
      if (second < since) return false
      read.set(second, (read.get(second) ?? 0) + 1)
      newest = Math.max(newest, second)
      for (const old of read.keys()) if (old < newest - MARGIN - 1) read.delete(old)
      if (toSkip === 0) return true
      toSkip--
      return false
    },
    /** The place behind all that was passed. */
    get now(): string {
      const from = Math.max(since, newest - MARGIN)
      let count = 0
      for (const [second, frames] of read) if (second >= from) count += frames
      return `${from}:${Math.max(count, from === since ? skip : 0)}`
    },
  }
}

const MARGIN = 2

/** Joins frames to lines. A frame that ends no line waits for the next of its stream. */
export function openLines(): {
  add(frame: Frame): (Frame & { ends: true })[]
  /** What is left when no more comes. */
  rest(): (Frame & { ends: true })[]
} {
  const begun = new Map<Frame['level'], Frame>()
  let waiting: (Frame & { ends: true })[] = []
  const line = (frame: Frame) => ({
    ...frame,
    // Progress bars write over themselves; what stood there last is what a person saw.
    text: Buffer.from(frame.text, 'latin1').toString('utf8').replace(/\r+$/, '').split('\r').at(-1) ?? '',
    ends: true as const,
  })
  return {
    add(frame) {
      const before = begun.get(frame.level)
      const joined = before ? { ...frame, at: before.at, text: before.text + frame.text } : frame
      if (frame.ends) {
        begun.delete(frame.level)
        waiting.push(line(joined))
      } else begun.set(frame.level, joined)
      // A place between the frames of one line could not be returned to, so others wait until it is whole.
      if (begun.size > 0) return []
      const whole = waiting
      waiting = []
      return whole
    },
    rest() {
      const last = [...waiting, ...[...begun.values()].map(line)]
      begun.clear()
      waiting = []
      return last
    },
  }
}
