/** Models that only the devices of a site can read. */
export {
  encryptContent,
  openContent,
  openParts,
  openSiteKey,
  sealSiteKey,
} from './content.ts'
