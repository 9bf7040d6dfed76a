import { computed, ref } from 'vue'
import type { Engine, Variant } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useCall, useWork } from '../../engine/index.ts'
import { deviceFigures, distinctNames } from './deviceFigures.ts'
import type { useModel } from './useModel.ts'

/** A device that a variant can be sent to. */
export interface MeasuringDevice {
  id: string
  name: string
}

/**
 * How long the variants of the chosen model take on devices: what was measured, and measuring it.
 * @param begin forgets what is said of work before, when new work begins
 */
export function useMeasuring(
  { subject, variants }: Pick<ReturnType<typeof useModel>, 'subject' | 'variants'>,
  begin: () => void,
) {
  const flow = useFlow()
  const work = useWork<Parameters<Engine['publishing']['measure']>[0]>(e => e.publishing.measure, {
    says: true,
  })
  const measured = useCall(
    e => e.publishing.measured,
    () => subject.value && (subject.value.run ? { run: subject.value.run.id } : {}),
    { after: ['publishing.measure'] },
  )
  const figures = computed(() => deviceFigures(measured.value?.latencies ?? [], variants.value))
  const devices = computed<MeasuringDevice[]>(() => {
    const reached = (flow.devices.value?.devices ?? []).flatMap(({ id, name, address }) =>
      address ? [{ id, name, address }] : [],
    )
    const names = distinctNames(reached)
    return reached.map(({ id }, at) => ({ id, name: names[at] as string }))
  })
  /** The device that measures, or measured last. */
  const on = ref('')
  async function measure({ id, run, source }: Variant, device: MeasuringDevice): Promise<void> {
    begin()
    on.value = device.name
    await work.start({ model: run ?? source ?? id, variant: id, device: device.id })
  }
  return { work, measured, figures, devices, on, measure }
}
