import type { MetadataSource } from '../../engine/trust/index.ts'

const LONGEST = 16 << 20

/**
 * The number that people call a stick by: the version of its site role, as the stick itself says. For words only; what
 * counts is verified.
 */
export async function stickNumber(metadata: MetadataSource): Promise<number | null> {
  const read = async (name: string): Promise<Record<string, { version?: number } | undefined> | null> => {
    const content = await metadata.read(name, LONGEST)
    if (!content) return null
    return JSON.parse(Buffer.from(content).toString('utf8')).signed?.meta ?? null
  }
  try {
    const snapshot = (await read('timestamp.json'))?.['snapshot.json']?.version
    return (await read(`${snapshot}.snapshot.json`))?.['site.json']?.version ?? null
  } catch {
    return null
  }
}
