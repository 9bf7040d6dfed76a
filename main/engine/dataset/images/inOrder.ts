/** Does work for each item, so many at a time, and gives the results in the order of the items. Stops at the first error. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  many: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = []
  try {
    for (const item of items) {
      if (running.length >= many) yield await (running.shift() as Promise<R>)
      const result = work(item)
      // One that fails while an earlier one is awaited is met when its turn comes.
      result.catch(() => {})
      running.push(result)
    }
    while (running.length) yield await (running.shift() as Promise<R>)
  } finally {
    // What still runs when one fails is waited for, so that nothing is written after the end.
    await Promise.allSettled(running)
  }
}
