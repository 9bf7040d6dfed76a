import { randomBytes, scrypt } from 'node:crypto'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { type Identity, type Recipient, Stanza } from 'age-encryption'

/** Logarithm of the work that a passphrase takes, as the age command has it: about a second. */
const WORK = 18
/** A file that asks for more is refused: it would take minutes and gigabytes. */
const MOST_WORK = 20
const SALT = 16
const LABEL = 'age-encryption.org/v1/scrypt'
/** The key seals one thing only (C2SP age v1, scrypt recipient stanza). */
const NONCE = new Uint8Array(12)

/**
 * scrypt with N = 2^work, r = 8, p = 1, in a thread of Node's own: age-encryption has it in JavaScript, where it would
 * hold everything else up.
 */
const keyOf = (passphrase: string, salt: Uint8Array, work: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) =>
    scrypt(
      passphrase,
      Buffer.concat([Buffer.from(LABEL), salt]),
      32,
      { N: 2 ** work, r: 8, p: 1, maxmem: 2 ** (work + 11) },
      (error, key) => (error ? reject(error) : resolve(key)),
    ),
  )

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

/** Seals for who has the passphrase. */
export const passphraseRecipient = (passphrase: string): Recipient => ({
  async wrapFileKey(fileKey) {
    const salt = randomBytes(SALT)
    const key = await keyOf(passphrase, salt, WORK)
    return [new Stanza(['scrypt', text(salt), String(WORK)], chacha20poly1305(key, NONCE).encrypt(fileKey))]
  },
})

/** Opens what was sealed with the passphrase; null for what was sealed with another. */
export const passphraseIdentity = (passphrase: string): Identity => ({
  async unwrapFileKey(stanzas) {
    const [stanza] = stanzas
    const [kind, given = '', work = ''] = stanza?.args ?? []
    if (!stanza || kind !== 'scrypt' || stanzas.length !== 1) return null
    const salt = Buffer.from(given, 'base64')
    const isFormed = stanza.args.length === 3 && salt.length === SALT && text(salt) === given
    if (!isFormed || !/^[1-9]\d?$/.test(work) || Number(work) > MOST_WORK)
      throw new RangeError('This is no stanza of a passphrase')
    const key = await keyOf(passphrase, salt, Number(work))
    try {
      return chacha20poly1305(key, NONCE).decrypt(stanza.body)
    } catch {
      return null
    }
  },
})
