import { WebSocket } from 'ws'
import { Lost } from './http.ts'

/** Without a word of the log for so long it is asked whether anyone is there. */
const QUIET = 15_000

/**
 * Pieces of text from a web socket, as they come, until its end or the signal's.
 * @param alive asks whether anyone is there  @throws Lost
 */
export async function* tail(
  url: URL,
  signal: AbortSignal,
  alive: () => Promise<unknown>,
): AsyncGenerator<string> {
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  // Ray's dashboard hands on that a client offers to unpack what is packed, and then cannot unpack it itself.
  const socket = new WebSocket(url, { perMessageDeflate: false })
  const came: string[] = []
  let ended: 'closed' | Lost | null = null
  let wake = () => {}
  let heard = Date.now()
  const end = (how: 'closed' | Lost) => {
    ended ??= how
    wake()
  }
  socket.on('message', data => {
    heard = Date.now()
    came.push(String(data))
    wake()
  })
  socket.on('close', code =>
    end(code === 1000 || code === 1005 ? 'closed' : new Lost(`the log was closed (${code})`)),
  )
  socket.on('error', error => end(new Lost((error as NodeJS.ErrnoException).code ?? error.message)))
  const leave = () => end('closed')
  signal.addEventListener('abort', leave)
  // A computer that slept, or a cable that was pulled, closes nothing.
  const watch = setInterval(() => {
    if (Date.now() - heard < QUIET) return
    heard = Date.now()
    alive().catch(error => end(error instanceof Lost ? error : new Lost(String(error))))
  }, QUIET / 3)
  try {
    for (;;) {
      if (signal.aborted) return
      const piece = came.shift()
      if (piece !== undefined) yield piece
      else if (ended === 'closed') return
      else if (ended) throw ended
      else
        await new Promise<void>(done => {
          wake = done
        })
    }
  } finally {
    clearInterval(watch)
    signal.removeEventListener('abort', leave)
    socket.terminate()
  }
}
