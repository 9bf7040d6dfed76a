/** Lets what is done at one place happen one after the other, in the order it came; what fails holds up nobody. */
export function openTurns() {
  const turns = new Map<string, Promise<unknown>>()
  return async function inTurn<T>(place: string, run: () => Promise<T>): Promise<T> {
    const turn = (turns.get(place) ?? Promise.resolve()).catch(() => {}).then(run)
    turns.set(place, turn)
    try {
      return await turn
    } finally {
      if (turns.get(place) === turn) turns.delete(place)
    }
  }
}
