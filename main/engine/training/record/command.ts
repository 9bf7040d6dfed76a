import { Plan, type Run } from '#contract'
import { canonicalJson } from '../../kit/index.ts'

/** A word of a command line as shells take it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

const kebab = (name: string) => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

function wordOf(value: unknown): string {
  if (Array.isArray(value) && value.every(each => typeof each === 'number' || !String(each).includes(',')))
    return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * The command that trains as a run did: every value of its plan that is not what it would be anyway.
 * @param dataset the version that it learned from, `strikes@2`
 */
export function commandOf({ plan }: Run, dataset: string): string {
  const usual = Plan.parse({ dataset, label: plan.label ?? '', name: plan.name }) as Record<string, unknown>
  const words = ['edgewright', 'training', 'start']
  for (const [name, value] of Object.entries({ ...plan, dataset })) {
    if (value === undefined || value === null) continue
    const needed = name === 'dataset' || name === 'label' || name === 'name'
    if (!needed && canonicalJson(value) === canonicalJson(usual[name] ?? null)) continue
    if (value === false || (Array.isArray(value) && value.length === 0)) continue
    words.push(`--${kebab(name)}`)
    if (value !== true) words.push(wordOf(value))
  }
  return words.map(quoted).join(' ')
}
