import type { JobId } from '#contract'

/** What a lane takes. */
export interface Lane {
  /** Jobs that run in it side by side. */
  atOnce: number
  /** It begins nothing new; what runs goes on. */
  paused: boolean
}

/**
 * How a job enters its lane. `turn`: it waits until the lane has room. `now`: it begins at once and takes room, as work
 * does that runs there already. `beside`: it begins at once and takes none, as what only looks after other jobs.
 */
export type Enters = 'turn' | 'now' | 'beside'

export interface Place {
  /** Its name; null for the lane of the engine itself. */
  lane: string | null
  /** Of two that wait, the one with more begins first; default 0. */
  priority?: number
  /** Default: `turn`. */
  enters?: Enters
}

interface Waiting {
  id: JobId
  /** The earlier one of the same priority begins first. */
  number: number
  priority: number
  begin(): Promise<void>
}

interface Open extends Lane {
  taken: number
  waiting: Waiting[]
}

/** A queue for each name, so that what takes hours in one holds up no other. @param atOnce of lanes that were not set */
export function openLanes(atOnce: number) {
  const lanes = new Map<string | null, Open>()
  const going = new Set<Promise<void>>()

  function laneOf(name: string | null): Open {
    const lane = lanes.get(name) ?? { atOnce, paused: false, taken: 0, waiting: [] }
    lanes.set(name, lane)
    return lane
  }

  function begin(lane: Open | null, run: () => Promise<void>): void {
    if (lane) lane.taken++
    // Not before who added it has heard of it.
    const work = Promise.resolve()
      .then(run)
      .finally(() => {
        going.delete(work)
        if (!lane) return
        lane.taken--
        fill(lane)
      })
    going.add(work)
  }

  function fill(lane: Open): void {
    while (!lane.paused && lane.taken < lane.atOnce) {
      const first = lane.waiting.shift()
      if (!first) return
      begin(lane, first.begin)
    }
  }

  const inOrder = (waiting: Waiting[]) =>
    waiting.sort((a, b) => b.priority - a.priority || a.number - b.number)

  const find = (id: JobId) => [...lanes.values()].find(({ waiting }) => waiting.some(each => each.id === id))

  return {
    add(
      { id, number, lane: name, priority = 0, enters = 'turn' }: Place & { id: JobId; number: number },
      run: () => Promise<void>,
    ): void {
      const lane = laneOf(name)
      if (enters === 'turn') {
        lane.waiting.push({ id, number, priority, begin: run })
        inOrder(lane.waiting)
        fill(lane)
      } else begin(enters === 'now' ? lane : null, run)
    },
    set(name: string, { atOnce, paused }: Lane): void {
      const lane = laneOf(name)
      Object.assign(lane, { atOnce, paused })
      fill(lane)
    },
    /** One that begins at once or has begun stays as it is. */
    prioritize(id: JobId, priority: number): void {
      const lane = find(id)
      const found = lane?.waiting.find(each => each.id === id)
      if (!lane || !found) return
      found.priority = priority
      inOrder(lane.waiting)
    },
    /** Takes one out that waits. */
    remove(id: JobId): void {
      const lane = find(id)
      if (lane) lane.waiting = lane.waiting.filter(each => each.id !== id)
    },
    /** Takes all out that wait. */
    clear(): void {
      for (const lane of lanes.values()) lane.waiting = []
    },
    /** Resolves when nothing runs. */
    async idle(): Promise<void> {
      while (going.size > 0) await Promise.allSettled([...going])
    },
  }
}
