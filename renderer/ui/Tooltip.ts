import { type FunctionalComponent, withDirectives } from 'vue'
import { vTip } from './tip.ts'

/** Gives its one child a tooltip: `<Tooltip text="Show 1,836 rows"><a …/></Tooltip>`. Same as `v-tip`. */
export const Tooltip: FunctionalComponent<{ text: string | null | undefined }> = (props, { slots }) => {
  const child = slots.default?.()[0]
  return child ? withDirectives(child, [[vTip, props.text]]) : null
}
Tooltip.props = ['text']
