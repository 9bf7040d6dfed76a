/** What the protobuf library says of bad input, without its own names for types. */
export function plain(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  return said
    .replace(/^cannot decode (message|field) .*? from (text format|JSON): /, '')
    .replace(/^expected \w+ \((\w+)\): (.*) out of range$/s, '$2 is out of range for $1')
    .replaceAll(/(?:message|enum) (?:[a-z_\d]+\.)*([A-Z]\w*(?:\.\w+)*)/g, '$1')
    .replace(/\.$/, '')
}
