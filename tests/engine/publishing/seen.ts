import { openSink, PLAN_TARGET, readBlob, SitePlan } from '../../../main/engine/release/index.ts'
import { memoryStore, openTrustClient } from '../../../main/engine/trust/index.ts'

/** What everyone is to run, for a device that sees the repository now for the first time. */
export async function seenAt(where: string): Promise<number | null | undefined> {
  const sink = openSink(where)
  const client = openTrustClient({
    store: memoryStore(),
    source: sink.metadata('everyone'),
    roots: { kind: 'first-use' },
    place: { site: 'everyone', lane: 'online' },
    now: Date.now,
  })
  const target = await (await client.refresh()).target(PLAN_TARGET)
  const content = target && (await readBlob(sink, target))
  return SitePlan.parse(JSON.parse(Buffer.from(content ?? []).toString())).models[0]?.stable
}
