const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]

/** Logarithm of the gamma function of a number above 0 (Lanczos, g = 7, nine terms); `lnGamma(n + 1)` is ln n!. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x)
  const at = x - 1
  const sum = LANCZOS.reduce((all, c, i) => all + c / (at + i + 1), 0.9999999999998099)
  const t = at + 7.5
  return Math.log(2 * Math.PI) / 2 + (at + 0.5) * Math.log(t) - t + Math.log(sum)
}

const TINY = 1e-300
const ENOUGH = 1e-15
const MOST_TERMS = 10_000

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  const away = (value: number) => (Math.abs(value) < TINY ? TINY : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let found = d
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d)
      c = away(1 + term / c)
      found *= c * d
    }
    if (Math.abs(c * d - 1) < ENOUGH) break
  }
  return found
}

/** Regularized incomplete beta function I_x(a, b), for x from 0 to 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  // The fraction converges fast on this side only; the other is 1 less its mirror image.
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b
}

/** How likely Student's t with so many degrees of freedom is at least `t` away from 0, on either side. */
export const studentTails = (t: number, freedom: number): number =>
  incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)

/** How far from 0 Student's t lies at most, with this confidence; for 0.95 and very many degrees 1.96. */
export function studentReach(confidence: number, freedom: number): number {
  let low = 0
  let high = 1
  while (studentTails(high, freedom) > 1 - confidence) high *= 2
  for (let i = 0; i < 100 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2
    if (studentTails(middle, freedom) > 1 - confidence) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** How likely a number of the standard normal distribution is at least `z` away from 0, on either side. */
export function normalTails(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  if (x < 2) {
    // erf by its series (DLMF 7.6.2), whose terms are all positive.
    let term = x
    let sum = x
    for (let n = 1; term > sum * ENOUGH; n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
  }
  // erfc by its continued fraction (DLMF 7.9.1), from the far end.
  let found = 0
  for (let n = 60; n > 0; n--) found = n / 2 / (x + found)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + found)
}

/** How far from 0 a number of the standard normal distribution lies at most, with this confidence. */
export function normalReach(confidence: number): number {
  let low = 0
  let high = 40
  for (let i = 0; i < 100 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2
    if (normalTails(middle) > 1 - confidence) low = middle
    else high = middle
  }
  return (low + high) / 2
}
