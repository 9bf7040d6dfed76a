import { createHmac } from 'node:crypto'

/**
 * Eight digits that let a person at the box steer it from its page. They follow from the device's token, so that they
 * stay the same and lie nowhere; who has only them cannot get back to the token.
 */
export function pinOf(token: string): string {
  const sum = createHmac('sha256', token).update('edgewright pin').digest()
  return String(sum.readUIntBE(0, 6) % 10 ** 8).padStart(8, '0')
}

/** As people read it: `1234 5678`. */
export const shownPin = (pin: string): string => `${pin.slice(0, 4)} ${pin.slice(4)}`
