import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { fail } from '../../../kit/index.ts'
import { type Item, put, sizeOf } from './archive.ts'
import { readAnswers, runHelper } from './helper.ts'
import { type Parcel, PIECE, pieceOf, sortFolder } from './parcels.ts'
import type { Patience } from './patience.ts'
import { engineTrouble, statusOf } from './trouble.ts'

/** Labels of what we make on an engine, so that a person and `tidy` can tell it. */
export const ROLE = 'edgewright.role'
export const RUN = 'edgewright.run'

/** Where the run's own folder and the data lie in a container. */
export const WORK = '/work'
export const placeOf = (hash: string) => `/data/${hash}`

/** An empty file beside data, as old as its last use. */
const USED = 'used'

export const dataVolume = (hash: string) => `edgewright-data-${hash}`

/** Data as a container sees it: read only. */
export const dataMounts = (parcels: Parcel[]): Docker.MountSettings[] =>
  [...new Set(parcels.map(({ hash }) => hash))].map(hash => ({
    Type: 'volume',
    Source: dataVolume(hash),
    Target: placeOf(hash),
    ReadOnly: true,
    VolumeOptions: {
      NoCopy: false,
      Labels: { [ROLE]: 'data' },
      DriverConfig: { Name: 'local', Options: {} },
    },
  }))

export const runMount = (volume: string): Docker.MountSettings => ({
  Type: 'volume',
  Source: volume,
  Target: WORK,
  ReadOnly: false,
})

interface Delivery {
  docker: Docker
  /** Our image, whose program judges what has arrived. */
  image: string
  /** The volume of the run, and its name in labels. */
  volume: string
  run: string
  patience: Patience
  signal: AbortSignal
  step(words: string, share: number | null): void
}

/**
 * Brings a work folder to a target: data into volumes named after its content, which stay there, all else into the
 * volume of the run, where links stand for the data. What is there is not sent again, piece by piece; a file counts as
 * there once its hash was computed there.
 * @returns the data, to be mounted
 * @throws Failure `disk-full`, `tampered`
 */
export async function deliver(folder: string, delivery: Delivery): Promise<Parcel[]> {
  const { docker, image, volume, run, patience, signal, step } = delivery
  const { parcels, own } = await sortFolder(folder)
  const unique = [...new Map(parcels.map(parcel => [parcel.hash, parcel])).values()]
  for (const { hash } of unique)
    await patience(() => docker.createVolume({ Name: dataVolume(hash), Labels: { [ROLE]: 'data' } }))
  await patience(() => docker.createVolume({ Name: volume, Labels: { [ROLE]: 'run', [RUN]: run } }))
  const mounts: Docker.MountSettings[] = [
    ...dataMounts(unique).map(mount => ({ ...mount, ReadOnly: false })),
    runMount(volume),
  ]
  const program = (args: string[], use: (courier: Docker.Container) => Promise<void>) =>
    runHelper(docker, { image, args, mounts, labels: { [RUN]: run }, before: use, patience, signal })

  const all = unique.reduce((bytes, { bytes: more }) => bytes + more, 0)
  for (let again = false; ; again = true) {
    const missing: Parcel[] = []
    const answers = await program(['take', ...unique.map(({ hash }) => placeOf(hash))], async courier => {
      let sent = 0
      for (const parcel of unique) {
        const there = await patience(() => sizeOf(courier, `${placeOf(parcel.hash)}/data`))
        if (there !== parcel.bytes) {
          missing.push(parcel)
          await sendPieces(courier, parcel, bytes =>
            step('sending the data', (sent + bytes) / Math.max(1, all)),
          )
        }
        sent += parcel.bytes
      }
      // From when on it is old counts from now.
      for (const { hash } of unique)
        await patience(() => put(courier, placeOf(hash), [{ name: USED, body: '' }], signal))
      await patience(() => put(courier, WORK, itemsOf(folder, own, parcels), signal))
      if (missing.length === 0) throw NOTHING_TO_DO
    }).catch(error => {
      if (error === NOTHING_TO_DO) return ''
      throw error
    })
    const wrong = readAnswers<{ ok: boolean; folder: string }>(answers).filter(({ ok }) => !ok)
    if (wrong.length === 0) return parcels
    if (again)
      throw fail(
        'tampered',
        'The data arrived other than they were sent, twice.',
        'Check the memory and the disk of the target.',
      )
  }

  async function sendPieces(courier: Docker.Container, parcel: Parcel, told: (bytes: number) => void) {
    const { hash, bytes, path } = parcel
    const place = placeOf(hash)
    await patience(() => put(courier, place, [{ name: 'hash', body: hash }, { name: 'pieces/' }], signal))
    for (let i = 0, at = 0; i === 0 || at < bytes; i++, at += PIECE) {
      signal.throwIfAborted()
      told(at)
      const name = `pieces/${String(i).padStart(6, '0')}`
      const size = Math.min(PIECE, bytes - at)
      if ((await patience(() => sizeOf(courier, `${place}/${name}`))) === size && size > 0) continue
      const body = await pieceOf(path, i)
      await patience(() => put(courier, place, [{ name, body }], signal))
    }
    told(bytes)
  }
}

const NOTHING_TO_DO = new Error('nothing is to be put together')

const itemsOf = (folder: string, own: string[], parcels: Parcel[]): Item[] => {
  const folders = new Set<string>()
  for (const name of [...own, ...parcels.map(parcel => parcel.name)])
    for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1))
      folders.add(`${name.slice(0, at)}/`)
  return [
    ...[...folders].map(name => ({ name })),
    ...own.map(name => ({ name, body: readFileSync(join(folder, name)) })),
    ...parcels.map(({ name, hash }) => ({ name, link: `${placeOf(hash)}/data` })),
  ]
}

/** Removes what may be gone already, or is still in use. */
export async function drop(removal: Promise<unknown>): Promise<void> {
  try {
    await removal
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw engineTrouble(error)
  }
}
