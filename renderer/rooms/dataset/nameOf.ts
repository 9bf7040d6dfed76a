const ENDINGS =
  /(\.(csv|tsv|txt|parquet|pq|jsonl|ndjson|json|data|arrow|feather|ipc|tfrecords?|xlsx?|sqlite3?|db|gz|zst))+$/i

/** A dataset's name from where it comes from: without folder, pattern and ending, only what a name may hold. */
export function nameOf(source: string): string {
  const address = /^[a-z][a-z0-9+.-]+:\/\//i.test(source)
  // of a database the last part of its address, without what may follow a question mark
  const parts = (address ? source.replace(/[?#].*$/, '') : source)
    .split(/[\\/]/)
    .filter(part => part !== '' && !/^[*?]+(\.\w+)*$/.test(part))
  const base = parts.at(-1) ?? ''
  const fitting = base
    .replace(ENDINGS, '')
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .replace(/ +/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .trim()
  return fitting.slice(0, 80) || 'data'
}
