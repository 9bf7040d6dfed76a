/** Strings in byte order and as the reports escape them. */

/** Orders strings as their UTF-8 bytes: like `<`, but characters beyond the basic plane come last. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x === y) continue
    const beyondX = x >= 0xd800 && x <= 0xdfff
    const beyondY = y >= 0xd800 && y <= 0xdfff
    return beyondX === beyondY ? x - y : beyondX ? 1 : -1
  }
  return a.length - b.length
}

const NAMED: Record<string, string> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
}

/** A value of the data within a sentence: quotes and control characters escaped as in C, the rest as it is. */
export const escapeValue = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  text.replace(/[\u0000-\u001f\u007f"'\\]/g, sign => NAMED[sign] ?? octal(sign))

const octal = (sign: string): string => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`
