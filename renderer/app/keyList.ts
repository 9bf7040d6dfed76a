/** The keys that work everywhere, for the page that lists them. */
export const KEYS: readonly { keys: string; does: string }[] = [
  { keys: 'Ctrl K', does: 'Find a page, a thing or a command' },
  { keys: 'Ctrl 1 to 8', does: 'Go to a room, in the order of the rail (in a browser: Alt)' },
  { keys: 'Ctrl 0', does: 'Go home (in a browser: Alt)' },
  { keys: 'F6', does: 'Next region of the window' },
  { keys: 'J', does: 'Open or close the jobs tray' },
  { keys: '?', does: 'Show this list' },
  { keys: 'Arrows', does: 'Walk through rows' },
  { keys: 'Enter', does: 'Open the row' },
  { keys: 'Space', does: 'Select the row' },
  { keys: 'Esc', does: 'Close the topmost thing' },
]
