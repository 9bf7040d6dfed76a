import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import { join } from 'node:path'
import Docker from 'dockerode'
import type { TargetSpec } from '#contract'
import { fail } from '../../../kit/index.ts'
import type { Memory } from '../target.ts'
import { openSsh } from './ssh.ts'

/** A way to a container engine. It may be lost and come back; whoever asks again gets a new connection. */
export interface Line {
  docker: Docker
  close(): void
}

const DEFAULT_SOCKET = process.platform === 'win32' ? '//./pipe/docker_engine' : '/var/run/docker.sock'

/** @throws Failure `bad-input` where the address is none of this kind */
export function addressOf({ kind, address }: Pick<TargetSpec, 'kind' | 'address'>): URL {
  const [wanted, example] =
    kind === 'docker'
      ? [['unix:', 'npipe:'], `unix://${DEFAULT_SOCKET}`]
      : kind === 'docker-tls'
        ? [['tcp:', 'https:'], 'tcp://box:2376']
        : [['ssh:'], 'ssh://me@box:22']
  const wrong = () =>
    fail('bad-input', `"${address}" is no address of a ${kind} target.`, `Write it like ${example}.`)
  if (address === null) {
    if (kind === 'docker') return new URL(`unix://${DEFAULT_SOCKET}`)
    throw wrong()
  }
  const text = address.startsWith('/') ? `unix://${address}` : address
  if (!URL.canParse(text)) throw wrong()
  const url = new URL(text)
  if (!wanted.includes(url.protocol)) throw wrong()
  if (kind === 'docker' ? url.pathname.length < 2 : url.hostname === '') throw wrong()
  return url
}

/** @param memory where the key of an ssh host is kept that was seen before */
export function openLine(spec: TargetSpec, memory: Memory): Line {
  const url = addressOf(spec)
  // What DOCKER_HOST says is not what the person chose here.
  const plain = { host: undefined, socketPath: undefined, protocol: 'http' as const }
  if (spec.kind === 'docker')
    return { docker: new Docker({ ...plain, socketPath: decodeURIComponent(url.pathname) }), close: () => {} }
  if (spec.kind === 'docker-tls') {
    const docker = new Docker({
      ...plain,
      protocol: 'https',
      // The address of a host in IPv6 stands in brackets in a URL, and without them for a connection.
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || 2376,
      ...certificates(spec.cert),
    })
    return { docker, close: () => {} }
  }
  const { agent, close } = openSsh(url, spec, memory)
  // Passed on to Node's http; the types do not say so.
  const through: Docker.DockerOptions & { agent: Agent } = { ...plain, host: 'docker', port: 80, agent }
  return { docker: new Docker(through), close }
}

function certificates(folder: string | null) {
  if (folder === null)
    throw fail(
      'bad-input',
      'An engine over TLS is reached with certificates, and none are given.',
      'Give the folder with ca.pem, cert.pem and key.pem by --cert.',
    )
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name))
    } catch (cause) {
      throw fail(
        'not-found',
        `${name} cannot be read in ${folder}.`,
        'The folder must hold ca.pem, cert.pem and key.pem.',
        { cause },
      )
    }
  }
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}
