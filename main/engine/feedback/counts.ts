import type { Count, Label, Labels, Line } from './labels.ts'

/** How the rows of batches stand: counted once, and then with each label that is set. */
export interface Counts {
  of(batch: number): readonly Count[]
  /** A person said something else of a row than stood there before. */
  moved(row: Line, said: Label | null): void
  /** Rows came in, or labels changed in another way: all is counted anew when it is asked for. */
  forget(): void
}

export function openCounts(labels: Pick<Labels, 'counts' | 'writes'>): Counts {
  let known: { writes: number; of: Map<number, Count[]> } | null = null

  function all(): Map<number, Count[]> {
    const writes = labels.writes()
    if (known?.writes !== writes) known = { writes, of: Map.groupBy(labels.counts(), ({ batch }) => batch) }
    return known.of
  }
  const add = (count: Count, said: Label | null, by: 1 | -1) => {
    if (said) count[said.label === null ? 'skipped' : 'labeled'] += by
    if (said?.imported) count.imported += by
  }

  return {
    of: batch => all().get(batch) ?? [],
    moved(row, said) {
      const count = known?.of.get(row.batch)?.find(({ reason }) => reason === row.reason)
      if (!count) return
      add(count, row.said, -1)
      add(count, said, 1)
    },
    forget() {
      known = null
    },
  }
}
