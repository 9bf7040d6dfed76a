/**
 * Bytes that a metadata file may have. They are parsed before their signature is known to be good, so these bound what
 * anyone who sits on the line can make a device do (TUF 1.0.31, 5.3.3, 5.4.1, 5.5.1, 5.6.1).
 */
export const LONGEST = {
  root: 64 * 1024,
  timestamp: 16 * 1024,
  snapshot: 1024 * 1024,
  targets: 4 * 1024 * 1024,
} as const

/** Roots in a row that are followed in one refresh (5.3.3). */
export const MOST_ROOTS = 256

/** A version beyond it was not reached by counting: somebody who had a key drove it up (fast-forward attack). */
export const HIGHEST = 2 ** 31 - 2
