import type { Drill, KeyList, KeyStanding, RoleStanding } from '#contract'
import { day } from './figures.ts'
import { tableInWords } from './table.ts'

const keyInWords = ({ name, role, fingerprint, where }: KeyStanding): string =>
  `${name} (${role}): ${fingerprint.slice(0, 16)}, ${where === 'away' ? 'not on this computer' : where === 'damaged' ? 'damaged' : 'on this computer'}`

export const keysInWords = ({ fingerprint, keys, roles, advice }: KeyList): string =>
  [
    `Devices are told: --root ${fingerprint}`,
    '',
    ...keys.map(keyInWords),
    ...(roles.length
      ? [
          '',
          ...tableInWords<RoleStanding>(
            [
              { head: 'site', of: ({ site, lane }) => (lane === 'stick' ? `${site}, sticks` : site) },
              // Sites of one name are told apart by where they lie.
              ...(new Set(roles.map(({ repository }) => repository)).size > 1
                ? [{ head: 'repository', of: ({ repository = '' }: RoleStanding) => repository }]
                : []),
              { head: 'role', of: ({ role }) => role },
              { head: 'version', of: ({ version }) => version, right: true },
              { head: 'ends', of: ({ expires }) => day(expires) },
            ],
            roles,
          ),
        ]
      : []),
    ...(advice.length ? ['', ...advice] : []),
  ].join('\n')

export const rotatedInWords = ({
  key,
  keys = [key],
  roles,
}: {
  key: KeyStanding
  keys?: KeyStanding[] | undefined
  roles: RoleStanding[]
}): string => {
  const sites = [...new Set(roles.map(({ site }) => site))]
  const it = keys.length > 1 ? 'They are' : 'It is'
  return [
    ...keys.map(keyInWords),
    sites.length ? `${it} in use at ${sites.join(', ')}.` : `${it} used from the next publication on.`,
  ].join('\n')
}

export const exportedInWords = ({ key, file }: { key: KeyStanding; file: string }): string =>
  `"${key.name}" is in ${file}, under the passphrase${key.here ? '; it is still on this computer too' : ', and not on this computer any more'}.`

export const drillInWords = ({ site, lost, steps }: Drill): string =>
  [`The key "${lost}" is lost, as a rehearsal at the site ${site}:`, ...steps.map(step => `  ${step}`)].join(
    '\n',
  )
