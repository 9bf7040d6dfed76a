import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Sample } from '#contract'

/** What `samples.json` says: a sample, and the folder of the installed package that brings its file. */
type Listed = Sample & { from: string }

/** The folders `node_modules/<place>` beside and above a folder, nearest first. */
function installed(place: string, folder: string): string[] {
  const found: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    found.push(join(at, 'node_modules', place))
    if (at === dirname(at)) return found
  }
}

/**
 * The samples whose files are there: beside the list (an installed app), else in the package that brings them (a
 * clone).
 * @param folder where `samples.json` lies
 */
export function listSamples(folder: string): Sample[] {
  const list = join(folder, 'samples.json')
  if (!existsSync(list)) return []
  return (JSON.parse(readFileSync(list, 'utf8')) as Listed[]).flatMap(({ from, ...sample }) => {
    const file = [folder, ...installed(from, folder)].map(place => join(place, sample.file)).find(existsSync)
    return file ? [Sample.parse({ ...sample, file })] : []
  })
}
