import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** What axe finds on a page against WCAG 2, levels A and AA: the rule and the first places that break it. */
export async function barriers(page: Page): Promise<string[]> {
  // Our pages have no frames and only what is broken is read: without looking for more it takes a third of the time.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations'] })
    .analyze()
  return violations.map(({ id, nodes }) => {
    const places = nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))
    return `${id}, ${nodes.length} times: ${places.join(' | ')}`
  })
}
