import type { Job, Repeat } from '#contract'
import { figure } from '../../ui/format.ts'
import { figureTitle } from './metricFamilies.ts'
import { runTitle } from './runWords.ts'

/** What a repetition came to, in words: how it stands, the sentence, where first, and what had changed before. */
export interface RepeatWords {
  kind: 'good' | 'info' | 'warn'
  title: string
  text: string
}

/** Where two runs first are not the same: "First in epoch 3: eval loss was 0.412, is 0.409." */
export function firstWords(first: Repeat['first']): string {
  if (!first) return ''
  const title = figureTitle(first.figure.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`))
  const name = /^[A-Z][a-z]/.test(title) ? title[0]?.toLowerCase() + title.slice(1) : title
  const values = [first.was, first.is].map(value => (value === null ? 'none' : exact(value, first)))
  return `First ${first.epoch === null ? 'in the weights' : `in epoch ${first.epoch}`}: ${name} was ${values[0]}, is ${values[1]}.`
}

/* Figures that are close are told with as many digits as tell them apart. */
function exact(value: number, { was, is }: NonNullable<Repeat['first']>): string {
  if (was === null || is === null) return figure(value)
  const apart = [4, 6, 8, 10, 12, 14, 16].find(
    digits =>
      Math.abs(was - is) > Math.abs(was) * 10 ** (1 - digits) &&
      was.toPrecision(digits) !== is.toPrecision(digits),
  )
  return String(apart ? Number(value.toPrecision(apart)) : value)
}

/** The verdict of a repetition. */
export function repeatWords({ verdict, repeats, says, first, changed }: Repeat): RepeatWords {
  const of = runTitle(repeats).toLowerCase()
  const title = {
    identical: `Identical to ${of}`,
    'within tolerance': `The same as ${of} within tolerance`,
    different: `Different from ${of}`,
  }[verdict]
  return {
    kind: verdict === 'identical' ? 'good' : verdict === 'within tolerance' ? 'info' : 'warn',
    title,
    text: [
      // the title has the verdict already
      says.replace(/^(identical|within tolerance|different): (.)/i, (_, _verdict, letter: string) =>
        letter.toUpperCase(),
      ),
      says.includes('epoch') || verdict === 'identical' ? '' : firstWords(first),
      changed.length ? `Not the same before the first step: ${changed.join(', ')}.` : '',
    ]
      .filter(Boolean)
      .join(' '),
  }
}

/** What a job says of the repetition that it was; null where it was none or did not end. */
export function repeatOf(job: Job | null | undefined): Repeat | null {
  if (job?.verb !== 'rerun' || job.status.state !== 'succeeded') return null
  const result = job.status.result as Partial<Repeat> | null
  return result && typeof result.verdict === 'string' ? (result as Repeat) : null
}
