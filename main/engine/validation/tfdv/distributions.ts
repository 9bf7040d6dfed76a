import type { DatasetFeatureStatisticsList } from '../../metadata/index.ts'
import type { Distribution } from './drift/index.ts'
import { isWeighted, StatisticsView, wholeDataset } from './statisticsView.ts'

/** How the values of each feature are spread, by the feature's name; undefined where nothing is known of it. */
export function distributionsOf(
  list: DatasetFeatureStatisticsList,
): (name: string) => Distribution | undefined {
  const whole = wholeDataset(list)
  const view = new StatisticsView(whole, isWeighted(whole))
  return name => view.find([name])
}
