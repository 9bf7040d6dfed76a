/** Value types, and instructions as their bytes; see the WebAssembly specification 3.0, chapter 5 (binary format). */
export const I32 = 0x7f
export const V128 = 0x7b
type Code = number[]

/** LEB128, unsigned and signed. */
export function unsigned(value: number): Code {
  const low = value & 0x7f
  const rest = value >>> 7
  return rest ? [low | 0x80, ...unsigned(rest)] : [low]
}
function signed(value: number): Code {
  const low = value & 0x7f
  const rest = value >> 7
  return (rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40) ? [low] : [low | 0x80, ...signed(rest)]
}

const simd = (number: number): Code => [0xfd, ...unsigned(number)]
const at = (align: number, offset: number): Code => [align, ...unsigned(offset)]
const EMPTY = 0x40

/** The instructions that our functions use: each takes what it works on from the code given to it, in order. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)],
  int: (value: number): Code => [0x41, ...signed(value)],
  plus: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  minus: (a: Code, b: Code): Code => [...a, ...b, 0x6b],
  shiftRight: (a: Code, bits: number): Code => [...a, ...op.int(bits), 0x76],
  shiftLeft: (a: Code, bits: number): Code => [...a, ...op.int(bits), 0x74],
  bits: (a: Code, mask: number): Code => [...a, ...op.int(mask), 0x71],
  loadInt: (address: Code, offset = 0): Code => [...address, 0x28, ...at(2, offset)],
  /** A 32-bit float from one place to another, as its bits. */
  move: (to: Code, toOffset: number, from: Code): Code => [
    ...to,
    ...op.loadInt(from),
    0x36,
    ...at(2, toOffset),
  ],
  load: (address: Code, offset = 0): Code => [...address, ...simd(0), ...at(2, offset)],
  /** One 32-bit number in all four lanes. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(9), ...at(2, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(11),
    ...at(2, offset),
  ],
  zero: (): Code => [...simd(12), ...Array<number>(16).fill(0)],
  /** Lanes are numbered over a (0 to 3) and b (4 to 7). */
  shuffle: (a: Code, b: Code, lanes: number[]): Code => [
    ...a,
    ...b,
    ...simd(13),
    ...lanes.flatMap(lane => [0, 1, 2, 3].map(byte => lane * 4 + byte)),
  ],
  equalBits: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x37)],
  greater: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x44)],
  and: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)],
  /** a without the bits of b. */
  without: (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4f)],
  add: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe4)],
  subtract: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe5)],
  multiply: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)],
  divide: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe7)],
  root: (a: Code): Code => [...a, ...simd(0xe3)],
  absolute: (a: Code): Code => [...a, ...simd(0xe0)],
  greatest: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe9)],
  /** a b + c, rounded once where the processor can. */
  multiplyAdd: (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x105)],
  /** Lanes 0 and 1 in 64 bits. */
  widen: (a: Code): Code => [...a, ...simd(0x5f)],
  /** Two 64-bit lanes as lanes 0 and 1, zero in the others. */
  narrow: (a: Code): Code => [...a, ...simd(0x5e)],
  add64: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xf0)],
  when: (condition: Code, then: Code): Code => [...condition, 0x04, EMPTY, ...then, 0x0b],
  choose: (condition: Code, then: Code, otherwise: Code): Code => [
    ...condition,
    ...[0x04, EMPTY],
    ...then,
    0x05,
    ...otherwise,
    0x0b,
  ],
  /** Runs the body as often as the local says, which is 0 afterwards. */
  times: (count: number, body: Code): Code =>
    op.when(op.get(count), [
      ...[0x03, EMPTY],
      ...body,
      ...op.set(count, op.minus(op.get(count), op.int(1))),
      ...op.get(count),
      ...[0x0d, 0],
      0x0b,
    ]),
  /** Moves a local, an address, on. */
  advance: (local: number, by: Code): Code => op.set(local, op.plus(op.get(local), by)),
}

/** A function that returns nothing. Its locals are its parameters, all 32-bit integers, then those declared. */
export interface WasmFunction {
  name: string
  parameters: number
  locals: { type: number; count: number }[]
  body: Code
}

/**
 * A module of functions over the memory that it imports as `env.memory`.
 * @param limits of that memory, as in the binary format: `[0, least]`, or `[3, least, most]` where threads share it
 */
export function moduleOf(functions: readonly WasmFunction[], limits: number[]): Uint8Array<ArrayBuffer> {
  const list = (items: Code[]): Code => [...unsigned(items.length), ...items.flat()]
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
  const name = (text: string): Code => list([...new TextEncoder().encode(text)].map(byte => [byte]))
  const bodies = functions.map(({ locals, body }) => {
    const code = [...list(locals.map(({ type, count }) => [...unsigned(count), type])), ...body, 0x0b]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map(({ parameters }) => [0x60, ...list(Array(parameters).fill([I32])), 0]))),
    ...section(2, list([[...name('env'), ...name('memory'), 2, ...limits]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map((each, i) => [...name(each.name), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ])
}
