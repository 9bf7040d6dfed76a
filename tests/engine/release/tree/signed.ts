import { join } from 'node:path'
import {
  listReleases,
  modelRole,
  openSink,
  versionTarget,
  type WrittenRelease,
} from '../../../../main/engine/release/index.ts'
import { type Keyring, openKeyring, openSiteWriter } from '../../../../main/engine/trust/index.ts'
import { folderHere } from '../repositoryHere.ts'

/** Signs the int8 forms of the first versions of a model for a site, and lists what the repository offers then. */
export async function signHere(
  folder: string,
  releases: readonly WrittenRelease[],
  { site = 'everyone', model = 'Bolt', keyring }: { site?: string; model?: string; keyring?: Keyring } = {},
): Promise<void> {
  const sink = openSink(folder)
  const writer = openSiteWriter({
    sink: sink.metadata(site),
    keyring: keyring ?? (await openKeyring(join(folderHere(), 'keys'))),
    ...{ site, lane: 'online' },
  })
  const targets = releases.map(({ hash, bytes }, i) => ({
    path: versionTarget(model, i + 1, 'tflite-int8'),
    ...{ hash, bytes, custom: {} },
  }))
  await writer.publish([{ role: modelRole(model), targets }])
  await listReleases(sink)
}
