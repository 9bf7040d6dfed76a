import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Bytes that are read piece by piece, from memory or from a file. */
export interface Source {
  size: number
  /** A view that holds until the next call. @throws RangeError past the end */
  view(at: number, length: number): Uint8Array
  /** Fills the target with the bytes from there on. @throws RangeError past the end */
  into(at: number, target: Uint8Array): void
  close(): void
}

/** Bytes that are in memory already. */
export const bytesSource = (bytes: Uint8Array): Source => {
  const view = (at: number, length: number) => {
    if (at < 0 || length < 0 || at + length > bytes.length) throw new RangeError('Past the end')
    return bytes.subarray(at, at + length)
  }
  return { size: bytes.length, view, into: (at, target) => target.set(view(at, target.length)), close() {} }
}

const WINDOW = 2 ** 18

/** A file, read through a small window; long pieces go straight to where they are wanted. */
export function fileSource(path: string): Source {
  const file = openSync(path, 'r')
  const { size } = fstatSync(file)
  const window = new Uint8Array(WINDOW)
  let [from, held] = [0, 0]
  const into = (at: number, target: Uint8Array) => {
    if (at < 0 || at + target.length > size) throw new RangeError('Past the end')
    for (let done = 0; done < target.length; ) {
      const read = readSync(file, target, done, Math.min(target.length - done, 2 ** 30), at + done)
      if (read === 0) throw new RangeError('The file became shorter')
      done += read
    }
  }
  return {
    size,
    into,
    view(at, length) {
      if (at < 0 || length < 0 || at + length > size) throw new RangeError('Past the end')
      if (length > WINDOW) {
        const whole = new Uint8Array(length)
        into(at, whole)
        return whole
      }
      if (at < from || at + length > from + held) {
        from = at
        held = Math.min(WINDOW, size - at)
        into(at, window.subarray(0, held))
      }
      return window.subarray(at - from, at - from + length)
    },
    close: () => closeSync(file),
  }
}
