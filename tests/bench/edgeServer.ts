/** Offers a repository until its input ends: edgeServer.ts FOLDER */
import { openOffer } from '../../main/engine/publishing/offer/index.ts'

const offer = openOffer()
console.log((await offer.start(process.argv[2] as string, 0, '127.0.0.1')).address)
process.stdin.resume().once('end', () => void offer.stop())
