import type { GraphView } from '#contract'
import { opening, type Scene, sceneOf } from './scene.ts'
import { type Tree, treeOf } from './tree.ts'

/** What the page asks: first the graph, then drawings of it. A new question makes the one before it void. */
export type Question =
  | { kind: 'graph'; view: GraphView; values: boolean }
  | { kind: 'draw'; id: number; open: string[] | null }

export interface Drawn {
  id: number
  scene: Scene
  /** The scopes that are open in it: those that were asked for, or those that a first look opens. */
  open: string[]
}

let view: GraphView | undefined
let tree: Tree | undefined

self.onmessage = ({ data }: MessageEvent<Question>) => {
  if (data.kind === 'graph') {
    view = data.view
    tree = treeOf(data.view, data.values)
    return
  }
  if (!view || !tree) return
  const open = data.open ? new Set(data.open) : opening(tree)
  self.postMessage({ id: data.id, scene: sceneOf(view, tree, open), open: [...open] } satisfies Drawn)
}
