/** An engine process for the transport tests: the shared doors, served over the process's own channel. */
import { serveOverChild } from '../../main/transport/index.ts'
import { openTestHouse } from './house.ts'
import { transportDoors } from './transportDoors.ts'

const house = openTestHouse(process.argv[2] as string, transportDoors)
serveOverChild(house.router)
process.on('disconnect', () => void house.close().then(() => process.exit(0)))
process.send?.('ready')
