/** Puts text on the clipboard; false where the window may not. Works on pages without a secure context too. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const holder = document.createElement('textarea')
    holder.value = text
    holder.className = 'sr-only'
    document.body.append(holder)
    holder.select()
    const done = document.execCommand?.('copy') ?? false
    holder.remove()
    return done
  }
}

/** Hands the user a file made in the window. */
export function saveFile(name: string, content: Blob | string, type = 'text/plain;charset=utf-8'): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
