import { join } from 'node:path'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from '../e2e/terminal.ts'
import { type Figure, figure } from './measure.ts'

const RUNS = 3

/** The demo, by stage, as a person who has just installed it would see it. */
export async function journey(): Promise<Figure[]> {
  const folder = temporaryFolder()
  try {
    const { json } = terminal(join(folder.path, 'home'), folder.path)
    const seconds: Record<string, number>[] = []
    for (let run = 0; run < RUNS; run++)
      seconds.push((await json<{ seconds: Record<string, number> }>('demo')).seconds)
    return Object.keys(seconds[0] ?? {}).map(stage =>
      figure(
        stage === 'all' ? 'the whole journey' : stage,
        's',
        seconds.map(each => each[stage] as number),
        stage === 'all' ? 180 : undefined,
      ),
    )
  } finally {
    folder.remove()
  }
}
