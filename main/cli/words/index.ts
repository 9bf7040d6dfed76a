import { inWords } from '../print.ts'
import { datasetsInWords, shownVersionInWords, versionInWords } from './dataset.ts'
import {
  comparisonsInWords,
  evaluatedInWords,
  evaluationInWords,
  evaluationsInWords,
  explanationInWords,
  explanationsInWords,
  comparisonInWords as modelsComparedInWords,
  pickedRowsInWords,
  thresholdInWords,
  verdictInWords,
  verdictsInWords,
  whatIfInWords,
} from './evaluation.ts'
import { inspectionInWords } from './inspection.ts'
import { passesInWords } from './passes.ts'
import { queueInWords, searchesInWords, searchInWords } from './search.ts'
import {
  comparisonInWords,
  featurePageInWords,
  shownStatisticsInWords,
  statisticsInWords,
} from './statistics.ts'
import {
  checkedInWords,
  preparedInWords,
  removedTargetInWords,
  targetInWords,
  targetsInWords,
  tidiedInWords,
  trainingChoicesInWords,
} from './targets.ts'
import {
  importedInWords,
  linesInWords,
  logInWords,
  metricsInWords,
  repeatInWords,
  runComparisonInWords,
  runFilesInWords,
  runInWords,
  runPageInWords,
  runsInWords,
  scriptInWords,
  watchedRunInWords,
} from './training.ts'
import { transformedInWords } from './transformed.ts'
import {
  alertsInWords,
  anomalyFileInWords,
  schemaInWords,
  shownValidationInWords,
  suggestionsInWords,
  validationInWords,
} from './validation.ts'
import { variantInWords, variantsInWords } from './variant.ts'

export { nextInWords } from './next.ts'

/** Answers that say more in words of their own than as a list of their fields, by room and verb. */
const OWN: Record<string, (answer: never) => string> = {
  'dataset.import': versionInWords,
  'dataset.fix': versionInWords,
  'dataset.show': shownVersionInWords,
  'dataset.list': datasetsInWords,
  'statistics.compute': statisticsInWords,
  'statistics.compare': comparisonInWords,
  'statistics.show': shownStatisticsInWords,
  'statistics.features': featurePageInWords,
  'validation.check': validationInWords,
  'validation.accept': validationInWords,
  'validation.show': shownValidationInWords,
  'validation.anomalies': anomalyFileInWords,
  'validation.alerts': alertsInWords,
  'validation.infer': schemaInWords,
  'validation.edit': schemaInWords,
  'validation.update': schemaInWords,
  'validation.suggest': schemaInWords,
  'validation.suggestions': suggestionsInWords,
  'training.targetAdd': targetInWords,
  'training.targetPause': targetInWords,
  'training.targetSet': targetInWords,
  'training.queue': queueInWords,
  'training.searches': searchesInWords,
  'training.search': searchInWords,
  'training.searchResume': runInWords,
  'training.targetResume': targetInWords,
  'training.targetRemove': removedTargetInWords,
  'training.targetList': targetsInWords,
  'training.targetCheck': checkedInWords,
  'training.targetPrepare': preparedInWords,
  'training.targetTidy': tidiedInWords,
  'training.choices': trainingChoicesInWords,
  'training.start': runInWords,
  'training.resume': runInWords,
  'training.attach': runInWords,
  'training.show': runInWords,
  'training.cancel': runInWords,
  'training.watch': watchedRunInWords,
  'training.list': runsInWords,
  'training.page': runPageInWords,
  'training.logs': logInWords,
  'training.watchLogs': linesInWords,
  'training.compare': runComparisonInWords,
  'training.rerun': repeatInWords,
  'training.import': importedInWords,
  'training.metrics': metricsInWords,
  'training.files': runFilesInWords,
  'training.script': scriptInWords,
  'jobs.logs': linesInWords,
  'evaluation.run': evaluatedInWords,
  'evaluation.show': evaluationInWords,
  'evaluation.list': evaluationsInWords,
  'evaluation.compare': modelsComparedInWords,
  'evaluation.comparisons': comparisonsInWords,
  'evaluation.rows': pickedRowsInWords,
  'evaluation.threshold': thresholdInWords,
  'evaluation.predict': whatIfInWords,
  'evaluation.explain': explanationInWords,
  'evaluation.explanations': explanationsInWords,
  'evaluation.judge': verdictInWords,
  'evaluation.verdicts': verdictsInWords,
  'optimization.inspect': inspectionInWords,
  'optimization.passes': passesInWords,
  'optimization.freeze': variantInWords,
  'optimization.convert': variantInWords,
  'optimization.transform': transformedInWords,
  'optimization.list': variantsInWords,
}

/** How the answer of a verb is told to a person. */
export const wordsFor = (room: string, verb: string): ((answer: unknown) => string) =>
  (OWN[`${room}.${verb}`] as ((answer: unknown) => string) | undefined) ?? inWords
