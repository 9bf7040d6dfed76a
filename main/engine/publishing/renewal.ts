import type { Desk } from './sites/desk.ts'

/** The first look comes when the engine has had time to settle, the others every six hours. */
const FIRST = 5000
const EVERY = 6 * 3_600_000

/** Signs what is online anew each day the engine runs, so that devices can tell silence from being cut off. */
export function openRenewal(desk: Desk) {
  let timer: NodeJS.Timeout | undefined
  let going: Promise<void> = Promise.resolve()
  let closed = false

  function plan(milliseconds: number): void {
    if (closed) return
    timer = setTimeout(() => {
      going = desk.refresh().finally(() => plan(EVERY))
    }, milliseconds)
    timer.unref()
  }

  return {
    start: () => plan(FIRST),
    async close() {
      closed = true
      clearTimeout(timer)
      await going
    },
  }
}
