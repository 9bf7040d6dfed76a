/**
 * What the GPU of this computer calls itself, as far as the browser tells: "nvidia, ampere". Null where WebGPU is not
 * there or no adapter answers.
 */
export async function adapterName(): Promise<string | null> {
  // Not in every browser that shows the page, whatever its types say.
  const gpu = navigator.gpu as GPU | undefined
  try {
    const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' })
    if (!adapter) return null
    const { description, vendor, architecture } = (adapter.info ?? {}) as Partial<GPUAdapterInfo>
    const name = description || [vendor, architecture].filter(Boolean).join(', ')
    return (name || 'A GPU').slice(0, 200)
  } catch {
    return null
  }
}
