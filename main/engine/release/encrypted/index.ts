/** Models that only the devices of a site can read. */
export {
  encryptContent,
  newSiteIdentity,
  openContent,
  openSiteKey,
  type SiteIdentity,
  sealSiteKey,
  siteIdentityFrom,
} from './content.ts'
