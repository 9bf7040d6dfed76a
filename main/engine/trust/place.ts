import type { Lane } from './trust.ts'

/** The field of ours in each signed file; the specification lets clients pass over fields they do not know (4.3). */
export const PLACE = 'x-edgewright'

export interface Place {
  site: string
  lane: Lane
}

/** Whether a signed part was said for this site and lane: all sites of a publisher share its keys. */
export function isOf(signed: unknown, place: Place): boolean {
  const said = (signed as Record<string, unknown> | null)?.[PLACE] as Partial<Place> | undefined
  return said?.site === place.site && said?.lane === place.lane
}
