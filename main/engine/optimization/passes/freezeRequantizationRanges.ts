import { readFileSync } from 'node:fs'
import { FailureError, fail, failureOf } from '../../kit/index.ts'
import { number, required } from './arguments.ts'
import { Draft, port } from './draft.ts'
import { scalarOf } from './eightBit/values.ts'
import { count, type Pass } from './pass.ts'

/** Ranges that a graph with `insert_logging` wrote into a log, as constants in the place of those found in each run. */
export const freezeRequantizationRanges: Pass<{ frozen: string[] }> = {
  name: 'freeze_requantization_ranges',
  title: 'Ranges as measured',
  about:
    'Replaces ranges that each run finds anew by constants, as read from the log of runs on sample data.',
  arguments: [
    { name: 'min_max_log_file', about: 'The log that the logging graph wrote.', required: true },
    {
      name: 'min_percentile',
      about: 'Part of the lowest values to leave out, in percent; 5 without it.',
      required: false,
    },
    {
      name: 'max_percentile',
      about: 'Part of the highest values to leave out, in percent; 5 without it.',
      required: false,
    },
  ],
  run(graph, args = {}) {
    const example = 'freeze_requantization_ranges(min_max_log_file="/tmp/log.txt")'
    const path = required(args, 'freeze_requantization_ranges', 'min_max_log_file', example)
    const low = number(args, 'min_percentile', 5)
    const high = number(args, 'max_percentile', 5)
    const records = recordsIn(read(path))
    if (records.size === 0)
      throw fail(
        'bad-input',
        `${path} holds no ranges.`,
        'Run a graph made by insert_logging(op=RequantizationRange, show_name=true, message="__requant_min_max:"), and keep what it prints.',
      )
    const draft = new Draft(graph)
    const ends = new Map<string, [string, string]>()
    for (const [name, { mins, maxs }] of records) {
      const node = draft.get(name)
      if (!node)
        throw fail(
          'bad-input',
          `The log names "${name}", which is not in the graph.`,
          'Use the log of this graph.',
        )
      if (node.op !== 'RequantizationRange')
        throw fail(
          'bad-input',
          `The log names "${name}", which is ${node.op} and not RequantizationRange.`,
          'Use the log of this graph.',
          { node: name },
        )
      const [min, max] = [draft.free(`${name}/frozen_min`), draft.free(`${name}/frozen_max`)]
      draft.put(scalarOf(min, mins[lowest(mins.length, low)] as number, node), name)
      draft.put(scalarOf(max, maxs[highest(maxs.length, high)] as number, node), name)
      draft.remove(name)
      ends.set(name, [min, max])
    }
    for (const { name } of graph.nodes) {
      const node = draft.get(name)
      if (!node?.inputs.some(input => ends.has(input.node))) continue
      const inputs = node.inputs.map(input =>
        port(ends.get(input.node)?.[input.port] ?? input.node, ends.has(input.node) ? 0 : input.port),
      )
      draft.put({ ...node, inputs })
    }
    return {
      graph: draft.graph(),
      report: { frozen: [...ends.keys()] },
      note: `${count(ends.size, 'range')} fixed`,
    }
  },
}

const lowest = (length: number, percent: number): number =>
  Math.min(length - 1, Math.max(0, Math.round(length * (percent / 100))))
const highest = (length: number, percent: number): number =>
  Math.max(0, Math.min(length - 1, Math.round(length * (1 - percent / 100))))

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message, remedy } = failureOf(error)
    throw error instanceof FailureError ? error : fail(code, message, remedy, { cause: error })
  }
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`
const LINE = new RegExp(String.raw`([^;]*)__print__;__requant_min_max:\[(${NUMBER})\]\[(${NUMBER})\]`, 'i')

/** Ranges by node, each end sorted; lines that are something else are passed over. */
function recordsIn(log: string): Map<string, { mins: Float32Array; maxs: Float32Array }> {
  const found = new Map<string, [number, number][]>()
  for (const line of log.split('\n')) {
    const [, name, min, max] = LINE.exec(line) ?? []
    if (!name) continue
    const list = found.get(name) ?? []
    list.push([Number(min), Number(max)])
    found.set(name, list)
  }
  return new Map(
    [...found].map(([name, list]) => [
      name,
      {
        mins: Float32Array.from(list, each => each[0]).sort(),
        maxs: Float32Array.from(list, each => each[1]).sort(),
      },
    ]),
  )
}
