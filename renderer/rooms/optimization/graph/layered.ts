/** Something to be placed. */
export interface Size {
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

/** Where boxes and the edges between them lie; box places are their centers. */
export interface Layout {
  places: Point[]
  /** By edge: the points that it runs through, from the lower side of its source to the upper side of its target. */
  edges: Point[][]
  width: number
  height: number
}

export interface Gaps {
  /** Between neighbors of one layer, and between layers. */
  x: number
  y: number
}

/** An edge over more layers than this takes no place between the boxes: it would widen the whole drawing. */
const LONG = 24
const SWEEPS = 6

/**
 * Places the boxes of a directed graph in layers from top to bottom (Sugiyama, Tagawa and Toda 1981): each box below
 * all that it reads, boxes of a layer in an order with few crossings (medians of neighbors, Eades and Wormald 1994),
 * and as near to straight above each other as their widths allow (least squares by pooling adjacent violators).
 * The time is about linear in boxes and edges, since a person waits for it.
 *
 * @param edges pairs of places in `sizes`; loops and cycles are allowed, an edge that closes one runs upwards
 */
export function layered(sizes: Size[], edges: [number, number][], gaps: Gaps): Layout {
  const layerOf = layersOf(sizes.length, edges)
  // Long edges run through a thin box in each layer between, as if they were chains of short ones.
  const widths = sizes.map(size => size.width)
  const layer = [...layerOf]
  const chains = edges.map(([from, to]): number[] => {
    const [a, b] = [layerOf[from] as number, layerOf[to] as number]
    if (b - a <= 1 || b - a > LONG) return [from, to]
    const chain = [from]
    for (let at = a + 1; at < b; at++) {
      chain.push(widths.length)
      widths.push(2)
      layer.push(at)
    }
    return [...chain, to]
  })
  const above: number[][] = widths.map(() => [])
  const below: number[][] = widths.map(() => [])
  for (const chain of chains)
    for (let i = 1; i < chain.length; i++) {
      const [from, to] = [chain[i - 1] as number, chain[i] as number]
      if ((layer[from] as number) >= (layer[to] as number)) continue
      below[from]?.push(to)
      above[to]?.push(from)
    }
  const rows = ordered(layer, above, below)
  const x = centers(rows, widths, above, below, gaps.x)

  const heights = rows.map(row => Math.max(0, ...row.map(i => sizes[i]?.height ?? 0)))
  const middles: number[] = []
  let y = 0
  for (const height of heights) {
    middles.push(y + height / 2)
    y += height + gaps.y
  }
  const left = Math.min(0, ...widths.map((width, i) => (x[i] as number) - width / 2))
  const right = Math.max(0, ...widths.map((width, i) => (x[i] as number) + width / 2))
  const at = (i: number): Point => ({ x: (x[i] as number) - left, y: middles[layer[i] as number] as number })
  const places = sizes.map((_, i) => at(i))
  return {
    places,
    edges: chains.map(chain => {
      const [from, to] = [chain[0] as number, chain.at(-1) as number]
      const [start, end] = [at(from), at(to)]
      return [
        { x: start.x, y: start.y + (sizes[from]?.height ?? 0) / 2 },
        ...chain.slice(1, -1).map(at),
        { x: end.x, y: end.y - (sizes[to]?.height ?? 0) / 2 },
      ]
    }),
    width: right - left,
    height: Math.max(0, y - gaps.y),
  }
}

/** The longest way from a source to each box, cycles cut open; sources come down to just above what reads them. */
function layersOf(count: number, edges: [number, number][]): number[] {
  const readers: number[][] = Array.from({ length: count }, () => [])
  for (const [from, to] of edges) if (from !== to) readers[from]?.push(to)
  const order: number[] = []
  // Depth first without calls; an edge to a box that is still open closes a cycle and is left out of account.
  const state = new Uint8Array(count)
  const rank = new Int32Array(count)
  for (let start = 0; start < count; start++) {
    if (state[start]) continue
    const open: [number, number][] = [[start, 0]]
    state[start] = 1
    while (open.length) {
      const top = open.at(-1) as [number, number]
      const next = readers[top[0]]?.[top[1]++]
      if (next === undefined) {
        open.pop()
        state[top[0]] = 2
        order.push(top[0])
      } else if (!state[next]) {
        state[next] = 1
        open.push([next, 0])
      }
    }
  }
  order.reverse()
  order.forEach((box, i) => {
    rank[box] = i
  })
  const layers = new Array<number>(count).fill(0)
  const fed = new Uint8Array(count)
  for (const box of order)
    for (const next of readers[box] ?? [])
      if ((rank[next] as number) > (rank[box] as number)) {
        layers[next] = Math.max(layers[next] as number, (layers[box] as number) + 1)
        fed[next] = 1
      }
  for (let box = 0; box < count; box++) {
    const lower = (readers[box] ?? []).filter(next => (rank[next] as number) > (rank[box] as number))
    if (!fed[box] && lower.length)
      layers[box] = Math.max(0, Math.min(...lower.map(next => layers[next] as number)) - 1)
  }
  return layers
}

/** The boxes of each layer from left to right, so that few edges cross. */
function ordered(layer: number[], above: number[][], below: number[][]): number[][] {
  const rows: number[][] = []
  layer.forEach((at, i) => {
    while (rows.length <= at) rows.push([])
    rows[at]?.push(i)
  })
  const position = new Float64Array(layer.length)
  const settle = (row: number[]) =>
    row.forEach((box, i) => {
      position[box] = i
    })
  rows.forEach(settle)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    const neighbors = down ? above : below
    for (const row of down ? rows : [...rows].reverse()) {
      if (row.length < 2) continue
      const wanted = new Map(row.map(box => [box, median(neighbors[box] ?? [], position)]))
      row.sort(
        (a, b) => (wanted.get(a) ?? (position[a] as number)) - (wanted.get(b) ?? (position[b] as number)),
      )
      settle(row)
    }
  }
  return rows
}

function median(boxes: number[], position: Float64Array): number | undefined {
  if (boxes.length === 0) return undefined
  if (boxes.length === 1) return position[boxes[0] as number]
  const values = boxes.map(box => position[box] as number).sort((a, b) => a - b)
  const middle = values.length >> 1
  return values.length % 2
    ? values[middle]
    : ((values[middle - 1] as number) + (values[middle] as number)) / 2
}

/** Centers on the x axis: each box as near as it can be to the mean of its neighbors, in the order of its layer. */
function centers(
  rows: number[][],
  widths: number[],
  above: number[][],
  below: number[][],
  gap: number,
): Float64Array {
  const x = new Float64Array(widths.length)
  for (const row of rows) {
    let at = 0
    for (const box of row) {
      const width = widths[box] as number
      x[box] = at + width / 2
      at += width + gap
    }
    const shift = (at - gap) / 2
    for (const box of row) x[box] = (x[box] as number) - shift
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const neighbors = sweep % 2 === 0 ? above : below
    for (const row of sweep % 2 === 0 ? rows : [...rows].reverse()) {
      const wanted = row.map(box => {
        const near = neighbors[box] ?? []
        if (near.length === 0) return x[box] as number
        return near.reduce((sum, other) => sum + (x[other] as number), 0) / near.length
      })
      spread(row, wanted, widths, gap, x)
    }
  }
  return x
}

/**
 * The places nearest to the wanted ones (least squares) that keep order and distance: with the distances taken off,
 * that is isotonic regression, solved by pooling adjacent violators (Ayer et al. 1955).
 */
function spread(row: number[], wanted: number[], widths: number[], gap: number, x: Float64Array): void {
  const blocks: { sum: number; count: number }[] = []
  const offsets: number[] = []
  let offset = 0
  row.forEach((box, i) => {
    if (i > 0) offset += ((widths[row[i - 1] as number] as number) + (widths[box] as number)) / 2 + gap
    offsets.push(offset)
    blocks.push({ sum: (wanted[i] as number) - offset, count: 1 })
    for (let last = blocks.length - 1; last > 0; last--) {
      const [a, b] = [blocks[last - 1], blocks[last]]
      if (!a || !b || a.sum / a.count <= b.sum / b.count) break
      a.sum += b.sum
      a.count += b.count
      blocks.pop()
    }
  })
  let i = 0
  for (const { sum, count } of blocks)
    for (let k = 0; k < count; k++, i++) x[row[i] as number] = sum / count + (offsets[i] as number)
}
