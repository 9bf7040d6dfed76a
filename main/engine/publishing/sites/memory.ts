import { fail, failureOf } from '../../kit/index.ts'
import type { SitePlan } from '../../release/index.ts'
import type { Said, SiteMemory, TrustedTarget } from '../../trust/index.ts'
import type { KnownSites } from './known.ts'

/** What this workspace left in a repository, kept in the workspace: a repository may be put back to an older copy. */
export function openMemory({
  known,
  place,
  lane,
  planIn,
}: {
  known: KnownSites
  place: { site: string; address: string }
  lane: 'online' | 'stick'
  /** The plan that the role of the site vouches for. @throws Failure `tampered` */
  planIn(targets: readonly TrustedTarget[]): Promise<SitePlan | null>
}): SiteMemory {
  const { site, address } = place
  const before = () => known.get(site, address)
  const last = () => before()?.signed?.[lane] ?? null
  return {
    last,
    async check(there) {
      const left = last()
      if (!left || lane === 'stick') return
      if (there.snapshot === left.snapshot && !isOlder(there, left)) return
      const mine = before()?.plan ?? null
      const plan = await planIn(there.targets.site ?? []).catch(() => null)
      if (isOlder(there, left) || (plan && mine && isBehind(plan, mine)))
        throw older(place, { there, left, plan, mine })
    },
    async save(there) {
      const kept = before()
      if (JSON.stringify(kept?.signed?.[lane]) === JSON.stringify(there)) return
      let plan = kept?.plan ?? null
      try {
        if (lane === 'online') plan = (await planIn(there.targets.site ?? [])) ?? plan
      } catch (error) {
        // What is signed counts; what cannot be read again is not what a person would want back.
        console.error(`${site} in ${address}: ${failureOf(error).message}`)
        return
      }
      known.put({
        ...{ site, address, encrypted: false, roles: [] },
        ...kept,
        plan,
        signed: { ...kept?.signed, [lane]: there },
      })
    },
  }
}

/** By its numbers, which only ever rise; of two with the same number one was put in the other's place. */
function isOlder(there: Said, left: Said): boolean {
  const [now, was] = [there.versions.snapshot ?? 0, left.versions.snapshot ?? 0]
  if (now < was || (there.versions.root ?? 0) < (left.versions.root ?? 0)) return true
  return now === was && there.snapshot !== left.snapshot
}

/** Somebody signed on top of an older copy: its numbers rose, and what people decided since is missing. */
const isBehind = (there: SitePlan, mine: SitePlan): boolean =>
  mine.models.some(
    ({ model, decision }) =>
      decision > (there.models.find(each => each.model === model)?.decision ?? 0) && decision > 0,
  )

function older(
  { site, address }: { site: string; address: string },
  { there, left, plan, mine }: { there: Said; left: Said; plan: SitePlan | null; mine: SitePlan | null },
) {
  const back = (mine?.models ?? []).flatMap(({ model, stable }) => {
    const now = plan?.models.find(each => each.model === model)?.stable ?? null
    return plan && stable !== null && now !== stable
      ? [`${model} from v${stable} to ${now === null ? 'nothing' : `v${now}`}`]
      : []
  })
  const words = `${address} holds an older copy of the site ${site}: this computer signed number ${left.versions.snapshot ?? 0} there, and number ${there.versions.snapshot ?? 0} lies there now.`
  return fail(
    'tampered',
    `${words} ${back.length ? `Signed as it is, it would take devices back, ${back.join(', ')}; nothing was signed.` : 'Nothing was signed.'}`,
    `Bring back what was signed last with "publishing restore --to ${/[^\w./:~-]/.test(address) ? `'${address}'` : address} --site ${site}", or put the newer copy of the repository back.`,
  )
}
