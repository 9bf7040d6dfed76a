/** What is typed and not kept yet, by the row it is about: a window that closes loses nothing of it. */
const KEY = 'edgewright.feedback.drafts'

const read = (): Record<string, string> => {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}

export const draftOf = (sample: string): string => read()[sample] ?? ''

export function keepDraft(sample: string, text: string): void {
  const { [sample]: _, ...rest } = read()
  try {
    localStorage.setItem(KEY, JSON.stringify(text ? { ...rest, [sample]: text } : rest))
  } catch {
    // The field still has it; only a closed window would lose it.
  }
}
