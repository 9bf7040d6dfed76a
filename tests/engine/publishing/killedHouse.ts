/** `publishing publish` of the room itself, killed at a step: `<step> <workspace> <keys> <repository>`. */
import { countDown, ended } from '../../agent/countdown.ts'
import { house } from './processHouse.ts'

const [at, workspace = '', keys = '', to = ''] = process.argv.slice(2)
const { publish } = house({ keys, workspace })
countDown(Number(at))
await publish({ to, version: 2 })
ended()
