import type { Statistics } from '#contract'
import { createStatistics, type StatisticsRoom } from '../../../main/engine/statistics/index.ts'
import { openWorkspace, type Workspace } from '../dataset/workspace.ts'

/** A workspace with its statistics room. */
export interface Rooms extends Workspace {
  statistics: StatisticsRoom
  /** Statistics of a dataset or a file. */
  compute(data: string): Promise<Statistics>
}

export function openRooms(): Rooms {
  const workspace = openWorkspace()
  const statistics = createStatistics(workspace)
  return {
    ...workspace,
    statistics,
    compute: data => workspace.job(job => statistics.door.compute({ data }, job)),
  }
}
