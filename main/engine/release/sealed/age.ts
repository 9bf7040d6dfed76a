import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'

/** A new identity (age, X25519): who holds it opens what is sealed for its recipient. */
export const newIdentity = (): Promise<string> => generateX25519Identity()

/** Whom to seal for. @throws Error where the text is no age identity */
export const recipientOf = (identity: string): Promise<string> => identityToRecipient(identity)

/** Seals for one recipient (age v1). @throws Error where that is none */
export async function sealFor(recipient: string, plain: Uint8Array): Promise<Uint8Array> {
  const age = new Encrypter()
  age.addRecipient(recipient)
  return await age.encrypt(plain)
}

/** Opens what was sealed for one of the identities. @throws Error where it was for none of them, or was changed */
export async function openSealed(identities: readonly string[], sealed: Uint8Array): Promise<Uint8Array> {
  const age = new Decrypter()
  for (const identity of identities) age.addIdentity(identity)
  return await age.decrypt(sealed)
}
