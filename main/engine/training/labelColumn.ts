import type { DatasetVersion } from '#contract'
import { fail } from '../kit/index.ts'

/**
 * The column to predict where it is not said: only pictures say it themselves.
 * @throws Failure `bad-input`
 */
export function labelColumnOf({ dataset, images, columns }: DatasetVersion): string {
  if (images && columns.some(column => column.name === 'label')) return 'label'
  throw fail(
    'bad-input',
    'The column to predict is not said.',
    `Name a column of ${dataset} with --label: ${columns
      .slice(0, 20)
      .map(column => column.name)
      .join(', ')}${columns.length > 20 ? ', …' : ''}.`,
  )
}
