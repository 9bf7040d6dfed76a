import type { AddedKind } from './targetWords.ts'

/** The form of a new target as it stands. */
export interface TargetDraft {
  kind: AddedKind
  name: string
  address: string
  key: string
  cert: string
  atOnce: number | null
}
export type TargetProblems = Partial<Record<keyof TargetDraft, string>>

export const SOCKET = 'unix:///var/run/docker.sock'

/** What a kind is reached by, and an example. */
export const ADDRESS: Record<AddedKind, { placeholder: string; starts: RegExp; says: string; hint: string }> =
  {
    docker: {
      placeholder: SOCKET,
      starts: /^(unix|npipe):\/\/./,
      says: `Give a socket, such as ${SOCKET}`,
      hint: 'Empty: the usual socket.',
    },
    'docker-tls': {
      placeholder: 'tcp://box:2376',
      starts: /^(tcp|https):\/\/./,
      says: 'Give host and port, such as tcp://box:2376',
      hint: 'The port on which the engine listens for TLS.',
    },
    'docker-ssh': {
      placeholder: 'ssh://me@box',
      starts: /^ssh:\/\/./,
      says: 'Give user and host, such as ssh://me@box',
      hint: 'As you would log in there; docker must work for that user.',
    },
    ray: {
      placeholder: 'http://head:8265',
      starts: /^https?:\/\/./,
      says: 'Give the dashboard, such as http://head:8265',
      hint: 'Where the dashboard of the cluster answers.',
    },
  }

export const emptyTarget = (): TargetDraft => ({
  kind: 'docker',
  name: '',
  address: '',
  key: '',
  cert: '',
  atOnce: 1,
})

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u

/** Reads the form. @param taken names that are in use */
export function readTarget(draft: TargetDraft, taken: readonly string[]) {
  const problems: TargetProblems = {}
  const { kind, atOnce } = draft
  const [name, address, key, cert] = [draft.name, draft.address, draft.key, draft.cert].map(text =>
    text.trim(),
  ) as [string, string, string, string]
  if (!name) problems.name = 'Give it a name'
  else if (!NAME.test(name))
    problems.name = 'Use letters, digits, spaces, - _ or ., up to 80, and begin with a letter or digit'
  else if (taken.includes(name)) problems.name = `There is a target ${name} already`
  const { starts, says } = ADDRESS[kind]
  if (address ? !starts.test(address) : kind !== 'docker') problems.address = says
  if (kind === 'docker-tls' && !cert) problems.cert = 'Choose the folder of the certificates'
  if (atOnce === null || !Number.isInteger(atOnce) || atOnce < 1 || atOnce > 64)
    problems.atOnce = 'Give a whole number from 1 to 64'
  if (Object.keys(problems).length) return { target: null, problems }
  return {
    target: {
      ...{ name, kind, atOnce: atOnce as number },
      ...(address && { address }),
      ...(kind === 'docker-ssh' && key && { key }),
      ...(kind === 'docker-tls' && { cert }),
    },
    problems,
  }
}
