import type { Bandwidth } from '../../engine/release/index.ts'

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

/**
 * Whether a moment lies in one of the daily windows, by the local time of the device; `22:00` to `06:00` goes over
 * midnight. No windows: always. Compares what the clock shows, so that a change to summer time moves nothing.
 */
export function isInWindow(windows: Bandwidth['windows'], at: Date): boolean {
  if (windows.length === 0) return true
  const minute = at.getHours() * 60 + at.getMinutes()
  return windows.some(({ from, to }) => {
    const [begin, end] = [minutesOf(from), minutesOf(to)]
    return begin <= end ? minute >= begin && minute < end : minute >= begin || minute < end
  })
}

export const inWords = (windows: Bandwidth['windows']): string =>
  windows.map(({ from, to }) => `${from} to ${to}`).join(', ')
