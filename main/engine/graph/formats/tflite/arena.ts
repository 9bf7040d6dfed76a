import type { LiteModel, LiteSubgraph } from './model.ts'
import { bytesOf } from './types.ts'

/** Every tensor starts at a multiple of this many bytes (`kDefaultTensorAlignment` in TensorFlow Lite). */
const ALIGNMENT = 16

interface Block {
  bytes: number
  /** First and last operator during which the tensor must be there. */
  first: number
  last: number
  offset: number
}

/**
 * Bytes of memory that the model's computed tensors take when they share it: those that are there all the time come
 * first, then the largest, each in the smallest gap that is free while it lives. It is what TensorFlow Lite's planner
 * takes for tensors, without what kernels ask for beside them; a microcontroller's interpreter needs its own records
 * too. Open sizes count as in the file, which usually means a batch of 1.
 *
 * Sources: `ArenaPlanner` and `SimpleMemoryArena` in `tensorflow/lite/arena_planner.cc` and `simple_memory_arena.cc`;
 * Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), "greedy by size".
 *
 * @returns null where a size is only known when the model runs, or where several graphs take memory
 */
export function arenaBytes(model: LiteModel): number | null {
  const [main] = model.subgraphs
  if (!main || model.subgraphs.length > 1) return null
  const blocks = blocksOf(main)
  return blocks && planned(blocks, main.operators.length)
}

function blocksOf({ tensors, operators, inputs, outputs }: LiteSubgraph): Block[] | null {
  const end = operators.length
  const lives = new Map<number, { first: number; last: number }>()
  const read = new Set<number>()
  // The caller may run again without giving the inputs again, so they are never written over.
  for (const index of inputs) lives.set(index, { first: 0, last: end })
  operators.forEach((operator, step) => {
    for (const index of [...operator.outputs, ...(operator.intermediates ?? [])])
      if (index >= 0 && !lives.has(index)) lives.set(index, { first: step, last: step })
    for (const index of operator.inputs) {
      const life = lives.get(index)
      if (!life) continue
      life.last = Math.max(life.last, step)
      read.add(index)
    }
  })
  // What nobody reads is never given back.
  for (const index of outputs) read.delete(index)
  for (const [index, life] of lives) if (!read.has(index)) life.last = end
  tensors.forEach((tensor, index) => {
    if (tensor.isVariable) lives.set(index, { first: 0, last: end })
  })
  const blocks: Block[] = []
  for (const [index, life] of lives) {
    const tensor = tensors[index]
    if (!tensor || tensor.data) continue
    const unknown = tensor.hasRank === false && tensor.shape.length === 0 && tensor.signature !== undefined
    const bytes = unknown ? undefined : bytesOf(tensor.type, tensor.shape)
    if (bytes === undefined) return null
    blocks.push({ bytes, ...life, offset: 0 })
  }
  return blocks
}

function planned(blocks: Block[], end: number): number {
  const whole = ({ first, last }: Block): number => (first === 0 && last === end ? 0 : 1)
  const order = blocks.toSorted((a, b) => whole(a) - whole(b) || b.bytes - a.bytes || a.first - b.first)
  /** By offset. */
  const placed: Block[] = []
  let high = 0
  for (const block of order) {
    block.offset = gapFor(block, placed)
    high = Math.max(high, block.offset + block.bytes)
    placed.splice(placeIn(placed, block.offset), 0, block)
  }
  return aligned(high)
}

/** The smallest gap between those that live at the same time, or the end. */
function gapFor(block: Block, placed: Block[]): number {
  let at = 0
  let best = -1
  let spare = Number.POSITIVE_INFINITY
  for (const other of placed) {
    if (other.last < block.first || other.first > block.last) continue
    const left = other.offset - at - block.bytes
    if (left >= 0 && left < spare) {
      best = at
      spare = left
    }
    at = Math.max(at, aligned(other.offset + other.bytes))
  }
  return best >= 0 ? best : at
}

/** Where in the list, which is in the order of offsets, one with this offset goes. */
function placeIn(placed: Block[], offset: number): number {
  let [low, high] = [0, placed.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((placed[middle] as Block).offset <= offset) low = middle + 1
    else high = middle
  }
  return low
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
