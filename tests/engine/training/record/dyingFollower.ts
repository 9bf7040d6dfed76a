/** An engine that follows a run until it is killed: `node dyingFollower.ts <workspace> <lines> <pause>`. */
import { detachedTarget, openFollower } from './detached.ts'

const [workspace = '', lines, pause] = process.argv.slice(2)
const { jobs, runs } = openFollower(workspace, detachedTarget(Number(lines), Number(pause)))
jobs.start('training', 'start', {})
for (;;) {
  await new Promise(resolve => setTimeout(resolve, 10))
  if (runs.has('run-1')) console.log(runs.lines('run-1', 0).length)
}
