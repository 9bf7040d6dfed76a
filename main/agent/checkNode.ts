/** To be imported before all else: an old Node.js would fail at the first thing that it lacks, and not say why. */
import { nodeTrouble } from './node.ts'

const trouble = nodeTrouble(process.versions.node)
if (trouble) {
  process.stderr.write(`${trouble.message}\n${trouble.remedy}\n`)
  process.exit(1)
}
