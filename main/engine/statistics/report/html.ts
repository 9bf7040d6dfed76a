import type { Shown } from '../kept.ts'

export function htmlOf(_one: Shown, _beside: Shown | null): { text: string; features: number } {
  return { text: '', features: 0 }
}
