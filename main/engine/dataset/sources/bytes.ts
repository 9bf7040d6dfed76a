const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as a cell: as text where they are UTF-8, else as base64. */
export function bytesCell(bytes: Uint8Array): { kind: 'text' | 'bytes'; value: string } {
  try {
    return { kind: 'text', value: strict.decode(bytes) }
  } catch {
    return {
      kind: 'bytes',
      value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
    }
  }
}
