/** A dataset's name from a file's: without folder and ending, only what a name may hold. */
export function nameOf(file: string): string {
  const base = file.split(/[\\/]/).at(-1) ?? ''
  const bare = base.replace(/(\.(csv|tsv|txt|parquet|pq|jsonl|ndjson|json|data|gz))+$/i, '')
  const fitting = bare
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .replace(/ +/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .trim()
  return fitting.slice(0, 80) || 'data'
}
