/** Gives each name once: a second one gets `_1`, and so on. Fast also where thousands have the same one. */
export class UniqueNames {
  readonly #taken = new Set<string>()
  readonly #next = new Map<string, number>()

  of(name: string): string {
    let free = name
    for (let i = this.#next.get(name) ?? 1; this.#taken.has(free); i++) {
      free = `${name}_${i}`
      this.#next.set(name, i + 1)
    }
    this.#taken.add(free)
    return free
  }
}
