/** A name as a file may have it on every system: letters, digits, `_`, `.` and `-`; all else becomes `-`. */
export const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}_.-]+/gu, '-')

/** Where a file goes when nobody said so: into a folder if there is one. */
export const fileIn = (folder: string | null | undefined, name: string): string =>
  folder ? `${folder.replace(/[\\/]$/, '')}/${name}` : name

/** What is wrong with the path of a file to write, or null. `endings` with their dots; none: any will do. */
export function endingTrouble(path: string, endings: readonly string[]): string | null {
  const named = path.trim().toLowerCase()
  if (!named) return 'Say where the file goes.'
  if (endings.length === 0 || endings.some(ending => named.endsWith(ending.toLowerCase()))) return null
  const last = endings.at(-1)
  return `Let the file end in ${endings.length > 1 ? `${endings.slice(0, -1).join(', ')} or ${last}` : last}.`
}
