import type { Hash } from '#contract'
import type { Session } from '../duck.ts'
import type { Found } from '../look.ts'
import type { OpenOptions, Source } from './source.ts'
export async function openPostgres(
  _found: Found,
  _session: Session,
  _options: OpenOptions,
): Promise<{ hash: Hash; bytes: number; opened: Source }> {
  throw new Error('to come')
}
