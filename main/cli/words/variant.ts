import type { Proof, Variant } from '#contract'
import { endpointsInWords } from './endpoints.ts'
import { bytesInWords, counted, figure, firstOf, named, shareInWords } from './figures.ts'
import { reportsInWords } from './passes.ts'

/** Layers that lose most, the noisiest first; those as good as exact are not worth a word. */
function noisy({ layers }: Proof): string {
  const lost = layers.filter(({ snr }) => snr !== null && snr < 60)
  if (lost.length === 0) return ''
  const words = lost
    .sort((a, b) => (a.snr as number) - (b.snr as number))
    .map(({ layer, tensor, snr }) => `${layer ?? tensor} ${(snr as number).toFixed(0)} dB`)
  return firstOf([...new Set(words)], 3)
}

/** How near a variant came to the float model, on which rows, and how quick it is. */
function proofInWords(proof: Proof): [name: string, words: string][] {
  const { rows, disagreements: apart, latency, arenaBytes, tolerance } = proof
  const worst = proof.perClass
    .filter(({ before, after }) => after < before)
    .sort((a, b) => b.before - b.after - (a.before - a.after))[0]
  const exact = apart?.count === 0 ? 'same answers on all' : null
  return [
    [
      'proof',
      `${counted(rows, 'row')} of ${proof.data}, by ${proof.runtime}: ` +
        [
          apart && apart.count > 0
            ? `${counted(apart.count, 'other answer')} (${figure((100 * apart.count) / rows)}%)`
            : exact,
          `outputs differ by at most ${figure(proof.maxDifference)} (${figure(proof.rmsDifference)} root mean square)`,
        ]
          .filter(Boolean)
          .join('; '),
    ],
    [
      'worst class',
      worst
        ? `${worst.label}, ${(100 * worst.before).toFixed(1)}% right → ${(100 * worst.after).toFixed(1)}%`
        : '',
    ],
    ['tolerance', tolerance ? `${tolerance.passed ? 'held' : 'not held'}. ${tolerance.reason}` : ''],
    ['noisiest', noisy(proof)],
    [
      'time',
      latency.runs > 0
        ? `${figure(latency.median)} ms a row (p95 ${figure(latency.p95)} ms)` +
          (latency.floatMedian === null ? '' : `, float32 ${figure(latency.floatMedian)} ms`)
        : '',
    ],
    ['memory', arenaBytes === null ? '' : `${bytesInWords(arenaBytes)} for activations`],
  ]
}

/** A variant for a person: what it is, how much smaller, where it lies, and what it lost. */
export function variantInWords(variant: Variant): string {
  const { bytes, floatBytes, compared, proof, out, kept } = variant
  const metric = compared && (compared.after.accuracy === undefined ? 'rmse' : 'accuracy')
  return [
    `${variant.title}: ${bytesInWords(bytes)}${floatBytes ? `, ${shareInWords(bytes, floatBytes)}` : ''}`,
    ...named([
      ['file', out ?? `kept in the workspace as ${variant.id.slice(0, 12)}`],
      ['stays float', firstOf([...new Set(kept.map(({ layer, reason }) => `${layer} (${reason})`))], 4)],
      [
        'compared',
        compared && metric
          ? `${metric} ${figure(compared.before[metric] ?? Number.NaN)} → ${figure(compared.after[metric] ?? Number.NaN)} on ${counted(compared.rows, 'row')} of ${compared.split}`
          : '',
      ],
      ...(proof ? proofInWords(proof) : []),
      [
        'nodes',
        `${variant.nodes.toLocaleString('en-US')}: ${firstOf(
          Object.entries(variant.ops)
            .sort(([, a], [, b]) => b - a)
            .map(([op, count]) => `${op} ${count.toLocaleString('en-US')}`),
          8,
        )}`,
      ],
    ]),
    ...endpointsInWords(variant),
    ...(variant.passes.length > 0 ? ['', ...reportsInWords(variant.passes)] : []),
  ].join('\n')
}

/** Variants of a run or of all, one a line. */
export const variantsInWords = ({ variants }: { variants: Variant[] }): string =>
  variants.length === 0
    ? 'There are no variants yet.'
    : variants
        .flatMap(({ id, title, bytes, run, source, proof }) => [
          `${id.slice(0, 12)}  ${title}, ${bytesInWords(bytes)}, of ${run ?? source ?? 'a file'}` +
            (proof?.tolerance ? `, tolerance ${proof.tolerance.passed ? 'held' : 'not held'}` : ''),
        ])
        .join('\n')
