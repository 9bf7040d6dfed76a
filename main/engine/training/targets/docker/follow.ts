import type { Readable } from 'node:stream'
import { type Frame, openFrames, openLines, openPlace } from './frames.ts'
import type { Patience } from './patience.ts'
import type { Part } from './swarm/task.ts'
import { statusOf } from './trouble.ts'

/** A container, or a task of a swarm, whose output is read. */
export interface Voice {
  /** Short, without spaces: a part of cursors. */
  name: string
  container: Part
}

/** Places in several outputs as one text, `worker-0=1790000000:12 recorder=0:3`. */
const readCursor = (cursor: string | null): Map<string, string> =>
  new Map(
    (cursor ?? '').split(' ').flatMap(part => {
      const [name, place] = part.split('=')
      return name && place ? [[name, place] as const] : []
    }),
  )

/**
 * Reads the output of containers until each has ended, over lost lines, every line once.
 * @param cursor where to go on
 * @param line a line with the cursor behind it; none where lines are only told together
 */
export async function followAll(
  voices: Voice[],
  cursor: string | null,
  {
    patience,
    signal,
    line,
    alive,
  }: {
    patience: Patience
    signal: AbortSignal
    line(voice: string, frame: Frame, cursor: string | undefined): void
    /** Throws when the line is gone though nothing says so, as after a cable was pulled. */
    alive(signal: AbortSignal): Promise<void>
  },
): Promise<void> {
  const places = readCursor(cursor)
  const cursorNow = () => [...places].map(([name, place]) => `${name}=${place}`).join(' ')
  await Promise.all(voices.map(follow))

  async function follow({ name, container }: Voice): Promise<void> {
    for (let last = false; ; ) {
      const running = await patience(() => isRunning(container))
      last ||= !running
      await patience(() => read(name, container, !last))
      if (last) return
    }
  }

  async function read(name: string, container: Part, follows: boolean): Promise<void> {
    const place = openPlace(places.get(name) ?? null)
    const cut = openFrames()
    const lines = openLines()
    const ending = new AbortController()
    const either = AbortSignal.any([signal, ending.signal])
    // With `follow` a stream comes, without it all at once; both are frames.
    const stream = (await container.logs({
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: true,
      ...(place.since > 0 && { since: place.since }),
      abortSignal: signal,
    })) as unknown as Readable
    const watched = follows ? alive(either).catch(error => stream.destroy(error)) : null
    try {
      for await (const chunk of stream)
        for (const frame of cut(chunk as Buffer)) if (place.pass(frame)) hand(lines.add(frame))
      // The output of a program that ended may lack the end of its last line.
      if (!follows) hand(lines.rest())
    } finally {
      ending.abort()
      await watched
    }

    function hand(whole: Frame[]): void {
      for (const [i, frame] of whole.entries()) {
        const final = i === whole.length - 1
        if (final) places.set(name, place.now)
        line(name, frame, final ? cursorNow() : undefined)
      }
    }
  }
}

async function isRunning(container: Part): Promise<boolean> {
  try {
    const { State } = await container.inspect()
    return State.Running || State.Status === 'created' || State.Restarting
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}
