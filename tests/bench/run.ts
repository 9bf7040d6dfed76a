/**
 * `npm run bench [name …]`: measures what the product promises, each figure as the median of several runs, prints a
 * table and keeps the figures in `results/`. Machines differ and are shared, so read them against their bounds.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { device } from './device.ts'
import { edge } from './edge.ts'
import { evaluation } from './evaluation.ts'
import { flights } from './flights.ts'
import { journey } from './journey.ts'
import type { Figure } from './measure.ts'
import { optimization } from './optimization.ts'
import { runs } from './runs.ts'
import { statistics } from './statistics.ts'
import { training } from './training.ts'
import { windowStart } from './window.ts'

const benches: Record<string, () => Promise<Figure[]>> = {
  journey,
  flights,
  statistics,
  training,
  optimization,
  evaluation,
  runs,
  window: windowStart,
  device,
  edge,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !benches[name])
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}

const figures: (Figure & { bench: string })[] = []
for (const [name, run] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n${name}`)
  try {
    for (const figure of await run()) {
      figures.push({ bench: name, ...figure })
      const bound =
        figure.bound === undefined
          ? ''
          : `  ${figure.median <= figure.bound ? 'within' : 'OVER'} ${figure.bound}`
      const spread = `${figure.min.toFixed(2)} to ${figure.max.toFixed(2)}, ${figure.runs} runs`
      console.log(
        `  ${figure.what.padEnd(46)} ${figure.median.toFixed(2).padStart(9)} ${figure.unit.padEnd(9)} ${spread}${bound}`,
      )
    }
  } catch (error) {
    console.error(`  could not be measured: ${(error as Error).message}`)
    process.exitCode = 1
  }
}

const results = fileURLToPath(new URL('./results/', import.meta.url))
mkdirSync(results, { recursive: true })
const at = new Date().toISOString()
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGB: Math.round(totalmem() / 1e9),
  node: process.versions.node,
}
const name = wanted.length > 0 ? wanted.join('-') : 'all'
writeFileSync(`${results}${name}.json`, `${JSON.stringify({ at, machine, figures }, null, 2)}\n`)

/** A figure as people read it: no more digits than it has. */
const short = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(2))

// The README says what was promised and what was measured, from the same run as the file.
if (wanted.length === 0 && !process.exitCode) {
  const readme = fileURLToPath(new URL('../../README.md', import.meta.url))
  const rows = figures
    .filter(figure => figure.bound !== undefined)
    .map(
      ({ bench, what, unit, median, bound }) =>
        `| ${bench}: ${what} | ${short(median)} ${unit} | at most ${bound} ${unit} |`,
    )
  const table = ['| what | median | promised |', '| --- | --- | --- |', ...rows].join('\n')
  const words = `Last run on ${at.slice(0, 10)}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGB} GB, Node ${machine.node}.`
  const text = readFileSync(readme, 'utf8')
  const [before, after] = [text.split('<!-- bench:begin -->')[0], text.split('<!-- bench:end -->')[1]]
  writeFileSync(readme, `${before}<!-- bench:begin -->\n${words}\n\n${table}\n<!-- bench:end -->${after}`)
}
