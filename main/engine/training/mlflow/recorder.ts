/**
 * The tracking server as a program of its own, beside a person's program: what that program tells by MLflow's client is
 * written as lines of JSON ({@link Recorded}), so that nothing is lost while nobody is connected. Artifacts go into a
 * folder; without one they are lines, too, in pieces.
 * `recorder.mjs PORT [FOLDER]`
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderArtifacts, toldArtifacts } from './artifacts.ts'
import type { Recorded } from './recorded.ts'
import { serveTracking } from './serve.ts'

const [port = '5000', folder] = process.argv.slice(2)
const tell = (said: Recorded): void => void process.stdout.write(`${JSON.stringify(said)}\n`)

const serving = await serveTracking({
  port: Number(port),
  host: process.env.EDGEWRIGHT_RECORDER_HOST ?? '0.0.0.0',
  artifacts: folder
    ? folderArtifacts(folder)
    : toldArtifacts(folderArtifacts(mkdtempSync(join(tmpdir(), 'recorder-'))), piece =>
        tell({ kind: 'piece', ...piece }),
      ),
  tell,
})
const leave = () => void serving.close().then(() => process.exit(0))
process.on('SIGTERM', leave)
process.on('SIGINT', leave)
process.on('disconnect', leave)
