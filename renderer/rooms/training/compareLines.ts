import type { RunComparison } from '#contract'
import { signed } from '../../ui/format.ts'
import { cellText, keyTitle, settingTitle } from './runTable.ts'

/** Which figure of a curve is compared. */
export type Figure = 'last' | 'least' | 'most'

export interface CompareCell {
  text: string
  /** It is not what the base has. */
  differs: boolean
  /** How far it is from the base's: "+0.012". */
  change?: string | undefined
}

export interface CompareLine {
  key: string
  label: string
  differs: boolean
  cells: CompareCell[]
}

/* As many decimals as make the difference seen. */
function changeOf(value: number, base: number): string {
  const by = value - base
  const size = Math.abs(by)
  return signed(
    by,
    size >= 10 ? 1 : size >= 0.01 ? 3 : size >= 1e-6 ? Math.min(9, 2 - Math.floor(Math.log10(size))) : 9,
  )
}

/** The comparison as lines: settings that differ first, then the figures; each cell held against that of the base. */
export function compareLines(
  { parameters, metrics }: RunComparison,
  figure: Figure,
  base: number,
): CompareLine[] {
  const settings = parameters.map(({ name, values }): CompareLine => {
    const first = JSON.stringify(values[base])
    return {
      key: `param:${name}`,
      label: settingTitle(name),
      differs: true,
      cells: values.map(value => ({
        text: cellText(`param:${name}`, value),
        differs: JSON.stringify(value) !== first,
      })),
    }
  })
  const figures = metrics.map((metric): CompareLine => {
    const values = metric[figure]
    const first = values[base] ?? null
    return {
      key: `${figure}:${metric.key}`,
      label: keyTitle(metric.key),
      differs: values.some(value => value !== values[0]),
      cells: values.map((value, at) => ({
        text: cellText(`${figure}:${metric.key}`, value),
        differs: at !== base && value !== first,
        ...(at !== base &&
          value !== null &&
          first !== null &&
          value !== first && { change: changeOf(value, first) }),
      })),
    }
  })
  return [...settings, ...figures]
}
