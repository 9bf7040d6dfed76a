import { contract, inputOf, type Statistics } from '#contract'
import { createStatistics, type StatisticsRoom } from '../../../main/engine/statistics/index.ts'
import { listening, openWorkspace, type Workspace } from '../dataset/workspace.ts'

/** A workspace with its statistics room. */
export interface Rooms extends Workspace {
  statistics: StatisticsRoom
  /** Statistics of a dataset or a file, as the door gives them. */
  compute(data: string, plan?: Plan): Promise<Statistics>
  /** A page of features, as the door gives it. */
  features(data: string, want?: Record<string, unknown>): ReturnType<StatisticsRoom['door']['features']>
}

type Plan = Partial<Omit<Parameters<StatisticsRoom['door']['compute']>[0], 'data'>>

export function openRooms(): Rooms {
  const workspace = openWorkspace()
  const statistics = createStatistics(workspace)
  return {
    ...workspace,
    statistics,
    compute: (data, plan = {}) =>
      workspace.job(job =>
        statistics.door.compute(
          inputOf(contract.statistics.compute as never).parse({ data, ...plan }) as never,
          job,
        ),
      ),
    features: (data, want = {}) =>
      statistics.door.features(
        inputOf(contract.statistics.features as never).parse({ data, ...want }) as never,
        listening,
      ),
  }
}
