import { type ImageDomain, ImageDomainSchema, isFieldSet } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { sixDecimals } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

const FORMATS = 'image_format_histogram'

/** Enough of the images can be decoded, and none is too large. */
export const imageDomain: Rule = ({ feature, view }) =>
  feature.domainInfo.case === 'imageDomain'
    ? [...supported(feature.domainInfo.value, view), ...small(feature.domainInfo.value, view)]
    : []

function supported(domain: ImageDomain, view: FeatureView): Reason[] {
  const formats = view.custom(FORMATS)
  if (!isFieldSet(domain, ImageDomainSchema.field.minimumSupportedImageFraction) || !formats) return []
  let known = 0
  let unknown = 0
  const { val } = formats
  for (const { label, sampleCount } of val.case === 'rankHistogram' ? val.value.buckets : [])
    if (label === 'UNKNOWN') unknown = Math.fround(unknown + sampleCount)
    else known = Math.fround(known + sampleCount)
  const fraction = Math.fround(known / Math.fround(known + unknown))
  const least = Math.fround(domain.minimumSupportedImageFraction)
  if (!(fraction < least)) return []
  domain.minimumSupportedImageFraction = fraction
  const sentence =
    `Fraction of values containing TensorFlow supported images: ${sixDecimals(fraction)} is lower than ` +
    `the threshold set in the Schema: ${sixDecimals(least)}.`
  return [reason('LOW_SUPPORTED_IMAGE_FRACTION', 'Low supported image fraction', sentence)]
}

function small(domain: ImageDomain, { statistics: { stats } }: FeatureView): Reason[] {
  if (!isFieldSet(domain, ImageDomainSchema.field.maxImageByteSize)) return []
  const largest = stats.case === 'bytesStats' ? stats.value.maxNumBytesInt : 0n
  const most = domain.maxImageByteSize
  if (largest <= most) return []
  domain.maxImageByteSize = largest
  const sentence = `The largest image has bytes: ${largest}. The max allowed byte size is: ${most}.`
  return [reason('MAX_IMAGE_BYTE_SIZE_EXCEEDED', 'Num bytes exceeds the max byte size.', sentence)]
}
