/** All that comes, at once. */
export async function collected(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}

/** A file in memory, as a patch reads it. */
export const fileOf = (content: Uint8Array) => ({
  bytes: content.length,
  part: (from: number, to: number) => content.subarray(from, to),
})
