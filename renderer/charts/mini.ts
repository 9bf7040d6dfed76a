/** Width and height of a mini histogram in a row, in px. */
export const MINI = { width: 110, height: 22 }

const BASE = 21.5
/* Small bins would vanish in 22 px; the large view says its own scale. */
const POWER = 0.6

/** Bars and the eval outline of a mini histogram. Both splits are scaled to their own sum, so that sizes do not matter. */
export function miniHistogram(
  train: readonly number[],
  evaluation?: readonly number[],
): { bars: { x: number; y: number; width: number; height: number }[]; outline: string } {
  const share = (counts: readonly number[]) => {
    const sum = counts.reduce((all, n) => all + n, 0)
    return counts.map(n => (sum > 0 ? n / sum : 0))
  }
  const trainShare = share(train)
  const evalShare = share(evaluation ?? [])
  const most = Math.max(...trainShare, ...evalShare, Number.MIN_VALUE)
  const bins = Math.max(trainShare.length, evalShare.length, 1)
  const step = MINI.width / bins
  const tall = (n: number) => (n > 0 ? Math.max(1, (n / most) ** POWER * 20) : 0)
  const round = (n: number) => Math.round(n * 10) / 10
  const bars = trainShare.map((n, index) => ({
    x: round(index * step),
    y: round(22 - tall(n)),
    width: round(Math.max(0.5, step - 1)),
    height: round(tall(n)),
  }))
  let outline = ''
  if (evaluation && evaluation.length > 0) {
    outline = `M0 ${BASE}`
    evalShare.forEach((n, index) => {
      outline += `V${round(Math.min(BASE, 22 - tall(n)))}H${round((index + 1) * step)}`
    })
    outline += `V${BASE}`
  }
  return { bars, outline }
}
