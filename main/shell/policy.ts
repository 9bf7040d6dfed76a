/**
 * The two style sheets that our page writes itself, by the hash of their text: Reka UI hides the scroll bars of its
 * lists with them. A test says when a newer Reka UI writes others.
 */
export const WRITTEN_STYLES = {
  'Select/SelectViewport': 'sha256-60LHlRjW/B3CtzIoE/Lf1/NEDvko9efWMFaGVhHu/cs=',
  'Combobox/ComboboxViewport': 'sha256-0sLsI2a+NIcumVvBF9zD/ArGqlZR2xfnxsALPmK7nj8=',
}

/**
 * What a page of ours may do, whichever shell serves it: run the code that ships with it and talk to where it came
 * from. Nothing is fetched from elsewhere, nothing may frame it, and no text can become code. Inline style
 * attributes are allowed, because chart tool tips are written with them; style sheets only when they are known.
 * @param connect more sources for `connect-src`
 */
export function contentSecurityPolicy(connect: readonly string[] = []): string {
  return Object.entries({
    'default-src': "'none'",
    'script-src': "'self'",
    'worker-src': "'self'",
    'style-src': ["'self'", ...Object.values(WRITTEN_STYLES).map(hash => `'${hash}'`)].join(' '),
    'style-src-attr': "'unsafe-inline'",
    'font-src': "'self'",
    'img-src': "'self' data: blob:",
    'connect-src': ["'self'", ...connect].join(' '),
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'object-src': "'none'",
  })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ')
}

/** Headers of every answer that carries a page or a part of one. */
export function securityHeaders(connect: readonly string[] = []): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(connect),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(), geolocation=(), microphone=(), usb=(), serial=(), hid=(), midi=(), payment=()',
  }
}
