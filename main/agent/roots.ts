import { existsSync, readFileSync, statSync } from 'node:fs'
import { fail } from '../engine/kit/index.ts'
import type { RootTrust } from '../engine/trust/index.ts'

/**
 * Whom a person says to trust: a root file (`1.root.json` of the publisher), or the fingerprint of the root keys as
 * `publishing keys list` shows it.
 * @throws Failure `bad-input` for what is neither
 */
export function rootsFrom(text: string): RootTrust {
  const neither = (cause?: unknown) =>
    fail(
      'bad-input',
      `"${text.slice(0, 80)}" is neither a root file nor a fingerprint of root keys.`,
      'Copy the fingerprint from "publishing keys list", or give the 1.root.json of the publisher.',
      { cause },
    )
  if (existsSync(text) && statSync(text).isFile()) {
    const content = readFileSync(text)
    try {
      const { signed } = JSON.parse(content.toString('utf8'))
      if (signed?._type === 'root') return { kind: 'file', content }
    } catch (cause) {
      const line = content.toString('utf8').trim()
      if (isFingerprint(line)) return { kind: 'fingerprint', fingerprint: line }
      throw neither(cause)
    }
    throw neither()
  }
  if (!isFingerprint(text.trim())) throw neither()
  return { kind: 'fingerprint', fingerprint: text.trim() }
}

const isFingerprint = (text: string): boolean => /^[0-9a-f]{4}[0-9a-f :-]{11,100}$/i.test(text)
