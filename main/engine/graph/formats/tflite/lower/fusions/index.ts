import type { Draft } from '../draft.ts'
export function fuse(_draft: Draft) {}
