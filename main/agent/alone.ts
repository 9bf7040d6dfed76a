/** The agent as one file: what lies beside it elsewhere it carries in itself, and its other processes are parts of it. */
import './checkNode.ts'
import { zstdDecompressSync } from 'node:zlib'
import { embed } from '../engine/kit/index.ts'
import { runAgent } from './command.ts'

/** Programs of the processes that this one starts, by the fragment that is their first word. */
const PARTS: Record<string, () => Promise<unknown>> = {
  '#rehearser': () => import('./serving/rehearser.ts'),
  '#measurer': () => import('./measure/measurer.ts'),
}

/**
 * Runs the agent, or the part of it that the first word names. The build makes the file's entry of this.
 * @param version of the product
 * @param files what it carries, by name: base64 of the content in Zstandard
 */
export async function runAlone(files: Record<string, string>, version: string): Promise<void> {
  embed(
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        name,
        () => zstdDecompressSync(Buffer.from(text, 'base64')),
      ]),
    ),
  )
  const part = PARTS[process.argv[2] ?? '']
  if (!part) process.exit(await runAgent(process.argv.slice(2), { name: 'edgewright-agent', version }))
  // It finds its own words where it always does.
  process.argv.splice(2, 1)
  await part()
}
