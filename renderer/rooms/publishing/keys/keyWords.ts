import type { KeyList, KeyStanding, RoleStanding } from '#contract'
import { date, plural } from '../../../ui/format.ts'
import type { StatusKind } from '../../../ui/types.ts'

const DAY = 86_400_000

/** What each key signs, for someone who never heard of roles. */
export const ROLE_MEANS: Record<string, string> = {
  root: 'says which keys count; two of the three together',
  targets: 'says who signs for sites and for models',
  snapshot: 'says which documents belong together',
  timestamp: 'says that this is the newest, anew every day',
  'stick-snapshot': 'the same on sticks',
  'stick-timestamp': 'the same on sticks, for months',
  site: 'signs who gets what',
  release: 'signs versions of models',
  reports: 'opens what devices send back',
}

export const WHERE: Record<KeyStanding['where'], { kind: StatusKind; word: string }> = {
  here: { kind: 'info', word: 'On this computer' },
  away: { kind: 'good', word: 'Kept elsewhere' },
  lent: { kind: 'warn', word: 'Lent until the program ends' },
  damaged: { kind: 'bad', word: 'Damaged' },
}

export const rootsOf = (list: KeyList): KeyStanding[] => list.keys.filter(key => key.role === 'root')

/** The root keys that should not lie here: all but this computer's own, while two or more do. */
export function strayRoots(list: KeyList): KeyStanding[] {
  const here = rootsOf(list).filter(key => key.where === 'here')
  return here.length < 2 ? [] : here.filter(key => key.name !== 'this computer')
}

/** "Nov 29, in 7 days", "ended Nov 12" */
export function endText(expires: string, now: number): string {
  const left = Date.parse(expires) - now
  if (left < 0) return `ended ${date(expires, now)}`
  return `${date(expires, now)}, in ${left < DAY ? 'less than a day' : plural(Math.floor(left / DAY), 'day')}`
}

/** What is signed anew by itself while the window is open, every few days. */
const isDaily = ({ role, lane }: RoleStanding) =>
  lane === 'online' && ['snapshot', 'timestamp'].includes(role)

/** How urgent the end of a role is: what is signed anew daily is late when a day is left, the rest a month before. */
export function endKind(role: RoleStanding, now: number): StatusKind {
  const left = Date.parse(role.expires) - now
  if (left < 0) return 'bad'
  return left < (isDaily(role) ? DAY : 30 * DAY) ? 'warn' : 'good'
}

/** What a role signs, for someone who never heard of roles. */
const SIGNED: Record<string, string> = {
  root: 'Which keys count',
  targets: 'Who signs for what',
  snapshot: 'Which documents belong together',
  timestamp: 'That this is the newest',
  site: 'Who gets what',
}
export const signedText = (role: string): string =>
  SIGNED[role] ??
  (role.startsWith('model-') ? `Versions of ${role.slice(6).replace(/-[0-9a-f]{6,}$/, '')}` : role)

/** What ends first at each site, for the network and for sticks, and whatever else wants a look. */
export function firstEnds(roles: readonly RoleStanding[], now: number): RoleStanding[] {
  const first = new Map<string, RoleStanding>()
  for (const role of roles) {
    const key = `${role.site} ${role.lane}`
    const found = first.get(key)
    if (!found || role.expires < found.expires) first.set(key, role)
  }
  const firsts = new Set(first.values())
  return roles.filter(role => firsts.has(role) || endKind(role, now) !== 'good')
}

/** What happens at the end of a role, and what a person does about it. */
export function endMeans(role: RoleStanding): string {
  if (isDaily(role)) return 'signed anew by itself while Edgewright runs'
  return role.lane === 'stick' ? 'signed anew with each stick' : 'signed anew by itself, months before'
}
