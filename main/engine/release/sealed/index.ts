/** What a device sends back: sealed so that only the publisher reads it, signed by the device, chained without a gap. */
export { newIdentity, openSealed, recipientOf, sealFor } from './age.ts'
export { isWholeBatch, openBatch, sealBatch } from './batch.ts'
export { CHAIN_START, type ChainFault, chainFaults, recordHash } from './chain.ts'
