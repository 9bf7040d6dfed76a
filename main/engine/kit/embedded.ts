let carried: Readonly<Record<string, () => Uint8Array>> = {}

/**
 * Gives this process files that its program carries in itself, since nothing lies beside it: the agent as one file.
 * @param files what each holds, by name; asked for when it is needed and not before
 */
export function embed(files: Readonly<Record<string, () => Uint8Array>>): void {
  carried = files
}

/** A file that the program carries in itself; null where it does not, as everywhere but in a program of one file. */
export const embedded = (name: string): Uint8Array | null => carried[name]?.() ?? null
