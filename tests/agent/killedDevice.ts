/** A device that does one piece of work and may be killed at any step: `<step> <repository> <state> follow|rollback`. */
import { nodeDisk } from '../../main/agent/disk/index.ts'
import { rollBackByHand } from '../../main/agent/steps/switch.ts'
import { boxHere } from './boxHere.ts'
import { countDown, ended } from './countdown.ts'

const [at, where = '', state = '', work] = process.argv.slice(2)
const model = 'Bolt inspector'
const box = await boxHere(nodeDisk, where, {
  folder: state,
  clock: { wall: Date.now, monotonic: () => performance.now() },
})
countDown(Number(at))
if (work === 'rollback') await rollBackByHand(box.core.parts, model)
else {
  await box.look()
  box.events.answered(model, box.version() ?? 0, 5)
  await box.core.trials.tick()
}
// Records of what happened, sealed for the publisher.
await box.core.seal()
ended()
