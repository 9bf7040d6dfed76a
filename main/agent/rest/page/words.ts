const ICONS = {
  good: '<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/>',
  warn: '<path d="M12 3 2 21h20Z"/><path d="M12 10v5"/><path d="M12 18v.01"/>',
  bad: '<circle cx="12" cy="12" r="10"/><path d="m15 9-6 6"/><path d="m9 9 6 6"/>',
  none: '<circle cx="12" cy="12" r="10"/>',
} as const

export type Icon = keyof typeof ICONS

export const icon = (kind: Icon): string =>
  `<svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${ICONS[kind]}</svg>`

export const MARK =
  '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 3h9.5L17 7.5V12M3 3v14h8" fill="none" stroke="var(--ink)" stroke-width="2"/><rect x="13.5" y="14" width="4.5" height="4.5" rx="1" fill="var(--accent)"/><path d="M7 10h4l3.5 4" fill="none" stroke="var(--accent)" stroke-width="2"/></svg>'

/** Any text as HTML, in an attribute too. */
export const text = (value: string): string =>
  value.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

export const clock = (at: string): string =>
  new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

export const size = (bytes: number): string =>
  bytes >= Number.MAX_SAFE_INTEGER
    ? 'no limit'
    : bytes >= 1e9
      ? `${(bytes / 1e9).toFixed(1)} GB`
      : bytes >= 1e6
        ? `${(bytes / 1e6).toFixed(0)} MB`
        : `${(bytes / 1e3).toFixed(0)} kB`
