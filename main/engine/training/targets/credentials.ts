import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TargetSpec } from '#contract'
import { fail } from '../../kit/index.ts'

/** A path that begins in a person's home folder, as people write it where no shell reads it. */
export const fromHome = (path: string): string => path.replace(/^~(?=[\\/]|$)/, () => homedir())

/** What a folder of certificates holds, as Docker names them. */
const CERTIFICATES = ['ca.pem', 'cert.pem', 'key.pem']

/**
 * Looks at the key and the certificates of a target that is added, of which only the paths are kept: what is not there
 * is told now, and not when something is to be trained.
 * @throws Failure `not-found`, `bad-input`
 */
export function checkCredentials({ kind, key, cert }: Pick<TargetSpec, 'kind' | 'key' | 'cert'>): void {
  if (key && kind !== 'docker-ssh')
    throw fail(
      'bad-input',
      `A target of the kind ${kind} takes no key.`,
      'Leave --key out, or add it as docker-ssh.',
    )
  if (cert && kind !== 'docker-tls')
    throw fail(
      'bad-input',
      `A target of the kind ${kind} takes no certificates.`,
      'Leave --cert out, or add it as docker-tls.',
    )
  if (key) checkKey(key)
  if (kind === 'docker-tls') checkCertificates(cert)
}

function checkKey(path: string): void {
  const text = textOf(
    path,
    'Give the file of your private key by --key, such as ~/.ssh/id_ed25519, or leave it out for the ssh agent.',
  )
  if (/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]/.test(text))
    throw fail(
      'bad-input',
      `${path} is the public half of a key.`,
      'Give the private one, which is the file of the same name without .pub.',
    )
  if (!text.includes('PRIVATE KEY') && !text.startsWith('PuTTY-User-Key-File'))
    throw fail('bad-input', `${path} is no private key.`, 'Give the file that ssh -i takes.')
}

function checkCertificates(folder: string | null): void {
  const remedy = 'Give the folder with ca.pem, cert.pem and key.pem by --cert.'
  if (!folder)
    throw fail('bad-input', 'An engine over TLS is reached with certificates, and none are given.', remedy)
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    const isThere = statSync(folder, { throwIfNoEntry: false })?.isFile()
    throw fail(
      'not-found',
      `${folder} is ${isThere ? 'a file, and no folder' : 'no folder that can be read'}.`,
      remedy,
      { cause },
    )
  }
  const missing = CERTIFICATES.filter(name => !names.includes(name))
  if (missing.length > 0)
    throw fail(
      'not-found',
      `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not in ${folder}.`,
      remedy,
    )
  for (const name of CERTIFICATES) textOf(join(folder, name), remedy)
}

function textOf(path: string, remedy: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (cause) {
    const why = statSync(path, { throwIfNoEntry: false }) ? 'cannot be read' : 'is not there'
    throw fail('not-found', `${path} ${why}.`, remedy, { cause })
  }
}
