import type { TargetCheck, TargetKind } from '#contract'
import type { StatusKind } from '../../ui/index.ts'

/** A kind that a person can add. */
export type AddedKind = Exclude<TargetKind, 'local' | 'webgpu'>

interface KindWords {
  title: string
  /** One line: what it is and what it asks for. */
  about: string
}

const KIND: Record<TargetKind, KindWords> = {
  local: { title: 'This computer', about: 'A process of its own beside the window.' },
  webgpu: { title: 'GPU of this computer', about: 'Whatever its make, with nothing to install.' },
  docker: { title: 'Docker here', about: 'Containers of the Docker engine on this computer, by its socket.' },
  'docker-tls': {
    title: 'Docker over TLS',
    about: 'A Docker engine elsewhere, by its port and a folder of certificates.',
  },
  'docker-ssh': {
    title: 'Docker over ssh',
    about: 'A Docker engine elsewhere, through the ssh login that you have there.',
  },
  ray: { title: 'Ray cluster', about: 'A cluster, by the address of its dashboard.' },
}

export const kindWords = (kind: TargetKind): KindWords => KIND[kind]

const NAME: Record<TargetCheck['name'], string> = {
  reachable: 'Reachable',
  engine: 'Engine',
  image: 'Images',
  gpu: 'GPU',
  disk: 'Disk',
  memory: 'Memory',
  workers: 'Workers',
}
const MARK: Record<TargetCheck['state'], StatusKind> = { ok: 'good', warning: 'warn', failed: 'bad' }
const STATE: Record<TargetCheck['state'], string> = { ok: 'works', warning: 'wants a look', failed: 'failed' }

/** What was looked at, as a line: its mark, its name, the sentence, and what to do where something is. */
export const checkLine = ({ name, state, says, remedy }: TargetCheck) => ({
  title: NAME[name],
  kind: MARK[state],
  /** For who does not see the mark. */
  state: STATE[state],
  says,
  remedy: state === 'ok' ? null : remedy,
})

/** What all checks come to. */
export function verdictOf(checks: readonly TargetCheck[]): { kind: StatusKind; text: string } {
  const failed = checks.filter(check => check.state === 'failed').length
  const warned = checks.filter(check => check.state === 'warning').length
  if (failed) return { kind: 'bad', text: failed === 1 ? '1 check failed' : `${failed} checks failed` }
  if (warned) return { kind: 'warn', text: warned === 1 ? 'Works, 1 note' : `Works, ${warned} notes` }
  return { kind: 'good', text: 'Works' }
}
