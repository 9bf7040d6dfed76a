import { armor, Decrypter, Encrypter } from 'age-encryption'
import { fail } from '../../kit/index.ts'
import { passphraseIdentity, passphraseRecipient } from './passphrase.ts'

const SHORTEST = 8

/** Encrypts with a passphrase: age (C2SP age v1) with its scrypt recipient, as text that can be mailed or printed. */
export async function lock(content: string, passphrase: string): Promise<Uint8Array> {
  if (passphrase.length < SHORTEST)
    throw fail(
      'bad-input',
      `The passphrase has ${passphrase.length} characters, and a root key needs ${SHORTEST} or more.`,
      'Choose a longer one, such as five words, and write it down elsewhere than the file.',
    )
  const encrypter = new Encrypter()
  encrypter.addRecipient(passphraseRecipient(passphrase))
  return Buffer.from(armor.encode(await encrypter.encrypt(content)))
}

/**
 * The other way, with or without armor.
 * @throws Failure `bad-input`
 */
export async function unlock(content: Uint8Array, passphrase: string): Promise<Uint8Array> {
  try {
    if (content.length > 64 * 1024) throw new RangeError('too long')
    const text = Buffer.from(content).toString('utf8')
    const decrypter = new Decrypter()
    decrypter.addIdentity(passphraseIdentity(passphrase))
    return await decrypter.decrypt(text.trimStart().startsWith('-----') ? armor.decode(text) : content)
  } catch (error) {
    throw fail(
      'bad-input',
      'This file does not open with this passphrase.',
      'Type the passphrase that the key was exported with, and check that the file is an exported root key.',
      { cause: error },
    )
  }
}
