import { inWords } from '../print.ts'
import { inspectionInWords } from './inspection.ts'
import { passesInWords } from './passes.ts'
import { transformedInWords } from './transformed.ts'
import { variantInWords, variantsInWords } from './variant.ts'

/** Answers that say more in words of their own than as a list of their fields, by room and verb. */
const OWN: Record<string, (answer: never) => string> = {
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
