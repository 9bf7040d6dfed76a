const encoder = new TextEncoder()

/**
 * A 32-bit hash of a text, the same on every machine and in every version: FNV-1a over the UTF-8 bytes (offset basis
 * 2166136261, prime 16777619), then the finalizer of MurmurHash3 (`fmix32`), which lets every bit count in a modulus.
 * A lone surrogate counts as U+FFFD, as UTF-8 writes it.
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  let at = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // Beyond ASCII a character is several bytes; what is before it need not be looked at again.
    if (code > 127) break
    hash = Math.imul(hash ^ code, 0x01000193)
  }
  if (at < text.length)
    for (const byte of encoder.encode(text.slice(at))) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
