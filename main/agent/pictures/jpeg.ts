import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import makeModule from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js'
import type { Picture } from '../../engine/encoding/index.ts'
import { embedded } from '../../engine/kit/index.ts'
import { orientationIn, turned } from './orientation.ts'
import { CUT_OFF, checkSize, DAMAGED, Refusal } from './refusal.ts'

const MACHINE_CODE = 'mozjpeg_dec.wasm'
/** A picture that builds up in more scans than cameras and programs make only takes time. */
const MOST_SCANS = 100
/** Pixels after which the decoder is started anew. */
const LARGE = 4_000_000

export const isJpeg = (bytes: Buffer): boolean => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))

/** A JPEG whose head was read. */
export interface JpegFile {
  bytes: Buffer
  pixels: number
  orientation: number
}

/** Markers that say a size (ISO/IEC 10918-1, table B.1): SOF0 to SOF15, without DHT, JPG and DAC among them. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const [START_OF_SCAN, APP1] = [0xda, 0xe1]
const EXIF = Buffer.from('Exif\0\0', 'latin1')

/**
 * Reads what a JPEG says before its pixels, and checks that its end is there.
 * @throws Refusal
 */
export function readJpeg(bytes: Buffer): JpegFile {
  let pixels = 0
  let orientation = 1
  for (let at = 2; ; ) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    if (at + 4 > bytes.length) throw new Refusal(CUT_OFF)
    const marker = bytes[at + 1] as number
    if (bytes[at] !== 0xff) throw new Refusal(DAMAGED)
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (end > bytes.length) throw new Refusal(CUT_OFF)
    const segment = bytes.subarray(at + 4, end)
    if (marker === START_OF_SCAN) break
    if (isFrame(marker)) pixels = pixelsIn(segment)
    else if (marker === APP1 && segment.subarray(0, 6).equals(EXIF))
      orientation = orientationIn(segment.subarray(6))
    at = end
  }
  if (pixels === 0) throw new Refusal(DAMAGED)
  if (!bytes.subarray(-4096).includes('ffd9', 'hex')) throw new Refusal(CUT_OFF)
  if (scansOf(bytes) > MOST_SCANS) throw new Refusal(`has more than ${MOST_SCANS} scans`)
  return { bytes, pixels, orientation }
}

function pixelsIn(frame: Buffer): number {
  if (frame.length < 6) throw new Refusal(DAMAGED)
  const [height, width] = [frame.readUInt16BE(1), frame.readUInt16BE(3)]
  checkSize(width, height)
  if (frame[0] !== 8) throw new Refusal(`has ${frame[0]} bits a value, and those of 8 are decoded here`)
  if (frame[5] !== 1 && frame[5] !== 3)
    throw new Refusal('is made for printing (CMYK), and pictures of red, green and blue are decoded here')
  return width * height
}

/** Between markers that pair of bytes does not come by itself. */
function scansOf(bytes: Buffer): number {
  const mark = Buffer.from([0xff, START_OF_SCAN])
  let scans = 0
  for (let at = bytes.indexOf(mark); at >= 0 && scans <= MOST_SCANS; at = bytes.indexOf(mark, at + 2)) scans++
  return scans
}

interface Decoder {
  decode(bytes: Uint8Array, turns: boolean): { width: number; height: number; data: Uint8Array } | null
  /** What it said since it was asked last. */
  said: string[]
  /** It was left in the middle of its work, or has taken much memory, which only grows. */
  isWorn: boolean
}

let compiled: WebAssembly.Module | undefined
let ready: Decoder | undefined

/** That of mozjpeg, which decodes to the same values as what training uses. */
function machineCode(): Uint8Array {
  const carried = embedded(MACHINE_CODE)
  if (carried) return carried
  try {
    return readFileSync(join(import.meta.dirname, MACHINE_CODE))
  } catch {
    return readFileSync(createRequire(import.meta.url).resolve(`@jsquash/jpeg/codec/dec/${MACHINE_CODE}`))
  }
}

/** Has the decoder ready, for who cannot wait later. */
export async function openJpeg(): Promise<void> {
  if (ready && !ready.isWorn) return
  compiled ??= await WebAssembly.compile(machineCode() as BufferSource)
  ready = await start(compiled)
}

async function start(code: WebAssembly.Module): Promise<Decoder> {
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const made = (await makeModule({
    noInitialRun: true,
    print: say,
    printErr: say,
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(code, imports)
      done(instance)
      return instance.exports
    },
  } as never)) as unknown as Pick<Decoder, 'decode'>
  return { decode: (bytes, turns) => made.decode(bytes, turns), said, isWorn: false }
}

/** Bytes in front of a marker that mean nothing are in many pictures that are whole. */
const isTrouble = (line: string): boolean => line.trim() !== '' && !/extraneous bytes/i.test(line)

/**
 * Decodes a JPEG. `openJpeg` was called before.
 * @throws Refusal also for what most viewers would show with gray parts
 */
export function decodeJpeg({ bytes, pixels, orientation }: JpegFile): Picture {
  if (!ready) throw new Error('the decoder of JPEG was not opened')
  const decoder = ready
  const { said } = decoder
  said.length = 0
  decoder.isWorn ||= pixels > LARGE
  try {
    const made = decoder.decode(bytes, false)
    if (!made || said.some(isTrouble)) throw new Error(said.join('; '))
    const { width, height, data } = made
    if (width * height !== pixels) throw new Error(`${width} × ${height}`)
    return turned({ width, height, channels: 4, data }, orientation)
  } catch {
    decoder.isWorn = true
    throw new Refusal(said.some(line => /premature end/i.test(line)) ? CUT_OFF : DAMAGED)
  }
}
