import type { VersionHere } from './door.ts'
import type { Parts } from './parts.ts'
import { installedOf } from './steps/switch.ts'

/** The versions of a model on this device and what each is here, the newest first; null for a model it does not know. */
export function versionsOf(parts: Parts, model: string): VersionHere[] | null {
  const { keeper, lives } = parts
  if (!keeper.state.models.some(each => each.model === model)) return null
  const state = parts.modelOf(model)
  const live = lives.of(model)
  const list: VersionHere[] = []
  const add = (
    version: number | null | undefined,
    word: VersionHere['state'],
    part: VersionHere['part'],
    message = '',
  ) => {
    if (version && !list.some(each => each.version === version))
      list.push({ version, state: word, part, message })
  }
  const runs = installedOf(state, state.current)
  add(runs?.version, 'AVAILABLE', state.trial ? 'on trial' : 'answers')
  add(
    installedOf(state, state.candidate?.manifest)?.version,
    'AVAILABLE',
    state.candidate?.shadow ? 'shadow' : 'candidate',
  )
  for (const each of state.installed) add(each.version, 'AVAILABLE', 'kept')
  if (live.version) add(live.version, 'LOADING', 'on its way')
  for (const { version, failure } of state.quarantine) add(version, 'END', 'quarantined', failure.message)
  const wanted = parts.wanted(model)
  if (wanted && live.failure) add(wanted.version, 'END', 'on its way', live.failure.message)
  return list.sort((a, b) => b.version - a.version)
}
