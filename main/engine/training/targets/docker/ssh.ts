import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import type { TargetSpec } from '#contract'
import { type FailureError, fail } from '../../../kit/index.ts'
import type { Memory } from '../target.ts'

/** What is kept of a host that was seen: the fingerprint of its key as OpenSSH writes it. */
const HOST_KEY = 'hostKey'
/** For a connection to stand, in milliseconds. */
const PATIENCE = 10_000

/**
 * One ssh connection through which all requests to a container engine go, each in a channel of its own to the engine's
 * socket. A connection that is lost is opened anew by the next request. The host's key is kept when it is first seen,
 * and another one is refused from then on.
 * @param url `ssh://user@host:port`, with the path of the engine's socket where it is not the usual one
 */
export function openSsh(
  url: URL,
  { name, key }: Pick<TargetSpec, 'name' | 'key'>,
  memory: Memory,
): { agent: Agent; close(): void } {
  const socket = url.pathname.length > 1 ? decodeURIComponent(url.pathname) : '/var/run/docker.sock'
  let standing: Promise<Client> | null = null
  let plain = true

  function connection(): Promise<Client> {
    standing ??= connect().catch(error => {
      standing = null
      throw error
    })
    return standing
  }

  function connect(): Promise<Client> {
    const client = new ssh2.Client()
    return new Promise((resolve, reject) => {
      let refused: FailureError | null = null
      client
        .on('ready', () => resolve(client))
        .on('error', error => reject(refused ?? told(error, url)))
        .on('close', () => {
          standing = null
          reject(refused ?? fail('unreachable', `${url.hostname} closed the connection.`, 'Try again.'))
        })
        .connect({
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: Number(url.port || 22),
          username: decodeURIComponent(url.username) || userInfo().username,
          ...credentials(key),
          readyTimeout: PATIENCE,
          keepaliveInterval: 5000,
          keepaliveCountMax: 3,
          hostVerifier: (seen: Buffer) => {
            const print = `SHA256:${createHash('sha256').update(seen).digest('base64').replace(/=+$/, '')}`
            const known = memory.recall(HOST_KEY)
            if (known === null) memory.keep(HOST_KEY, print)
            else if (known !== print) refused = changed(url.hostname, name, known, print)
            return refused === null
          },
        })
    })
  }

  /** A channel to the engine's socket; where a host forwards none, Docker's own program is asked to pass bytes on. */
  async function channel(): Promise<Duplex> {
    const client = await connection()
    if (plain)
      try {
        return await new Promise<ClientChannel>((resolve, reject) =>
          client.openssh_forwardOutStreamLocal(socket, (error, stream) =>
            error ? reject(error) : resolve(stream),
          ),
        )
      } catch (error) {
        if (!/unknown channel type|administratively prohibited/i.test(String(error)))
          throw told(error as Error, url, socket)
        plain = false
      }
    return await new Promise<ClientChannel>((resolve, reject) =>
      client.exec('docker system dial-stdio', (error, stream) =>
        error ? reject(told(error, url, socket)) : resolve(stream),
      ),
    )
  }

  class Through extends Agent {
    override createConnection(_: object, done: (error: Error | null, stream: Duplex) => void): undefined {
      channel().then(
        stream => done(null, asSocket(stream)),
        error => done(error, undefined as never),
      )
    }
  }
  return {
    agent: new Through({ keepAlive: true, maxSockets: 8 }),
    close: () => void standing?.then(client => client.end()).catch(() => {}),
  }
}

/** Node asks its connections for what only a socket has. */
function asSocket(stream: Duplex): Duplex {
  const none = () => stream
  return Object.assign(stream, {
    setKeepAlive: none,
    setNoDelay: none,
    setTimeout: none,
    ref: none,
    unref: none,
  })
}

function credentials(key: string | null) {
  if (key !== null) {
    let privateKey: Buffer
    try {
      privateKey = readFileSync(key)
    } catch (cause) {
      throw fail('not-found', `The key ${key} cannot be read.`, 'Check the path given by --key.', { cause })
    }
    const parsed = ssh2.utils.parseKey(privateKey)
    if (parsed instanceof Error)
      throw fail(
        'bad-input',
        /encrypted/i.test(parsed.message)
          ? `The key ${key} is locked by a passphrase.`
          : `${key} is no private key that can be read.`,
        'Load the key into an ssh agent and leave out --key, or give another one.',
        { cause: parsed },
      )
    return { privateKey }
  }
  const agent =
    process.env.SSH_AUTH_SOCK ?? (process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined)
  if (agent) return { agent }
  for (const usual of ['id_ed25519', 'id_ecdsa', 'id_rsa'])
    try {
      return { privateKey: readFileSync(join(homedir(), '.ssh', usual)) }
    } catch {
      // The next one, then.
    }
  throw fail('bad-input', 'No key for ssh is given, and no agent holds one.', 'Give a private key by --key.')
}

const changed = (host: string, name: string, known: string, seen: string) =>
  fail(
    'tampered',
    `${host} shows another key than before (${seen}; before, ${known}), so nothing was sent to it.`,
    `If the host was set up anew, remove the target "${name}" and add it again; else ask who changed it.`,
  )

/** What went wrong on the way to the engine behind an ssh host. */
function told(error: Error & { level?: string; code?: unknown }, url: URL, socket?: string): Error {
  const host = url.hostname
  if (error.level === 'client-authentication')
    return fail(
      'no-permission',
      `${host} refused the key of ${url.username || userInfo().username}.`,
      "Add the public key to the host's authorized_keys, or give another key by --key.",
      { cause: error },
    )
  if (error.level === 'client-timeout')
    return fail('unreachable', `${host} did not answer.`, 'Check address and network.', { cause: error })
  if (socket && /open fail|connect failed|unable to exec/i.test(error.message))
    return fail(
      'unreachable',
      `${host} was reached, but no container engine answers there at ${socket}.`,
      'Start Docker there, and let the user join the group "docker"; or put the path of its socket behind the address.',
      { cause: error },
    )
  if (error.level === 'protocol' || error.level === 'handshake')
    return fail(
      'unreachable',
      `${host} and this computer could not agree on how to speak (${error.message}).`,
      'Check that an OpenSSH server answers at this port.',
      { cause: error },
    )
  return error
}
