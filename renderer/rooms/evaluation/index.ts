/** What later rooms may use of this one: figures and gates in words, and their small parts. */
export { checkText, type GateVerdict, gateVerdict, judge } from './gateWords.ts'
export {
  leadMetric,
  metricChange,
  metricKeys,
  metricName,
  metricText,
  metricTrend,
  metricWord,
} from './metricWords.ts'
