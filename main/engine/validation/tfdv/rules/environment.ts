import { serializePath } from '../paths.ts'
import { reason } from '../reasons.ts'
import { isInEnvironment } from '../schemaView.ts'
import type { Rule } from './rule.ts'

/** What is there belongs there: the environment of the data is one of the feature's. */
export const environment: Rule = ({ feature, view, schema }) => {
  const name = view.dataset.surroundings.environment
  if (name === undefined || isInEnvironment(schema, feature, name)) return []
  feature.notInEnvironment = feature.notInEnvironment.filter(other => other !== name)
  if (!isInEnvironment(schema, feature, name)) feature.inEnvironment.push(name)
  const column = serializePath(view.path)
  return [
    reason(
      'SCHEMA_NEW_COLUMN',
      'Column missing in environment',
      `New column ${column} found in data but not in the environment ${name} in the schema.`,
    ),
  ]
}
