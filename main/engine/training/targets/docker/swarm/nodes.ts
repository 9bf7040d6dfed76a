import type Docker from 'dockerode'

/** A computer of a swarm that takes work. */
export interface Node {
  id: string
  /** What people call it. */
  name: string
}

interface Described {
  ID: string
  Spec: { Availability: string }
  Status: { State: string }
  Description: { Hostname: string; Platform: { OS: string; Architecture: string } }
}

/**
 * The computers beside that of an engine that take work in its swarm and run the same programs; none where the engine
 * manages no swarm.
 */
export async function otherNodes(docker: Docker): Promise<Node[]> {
  const { Swarm } = (await docker.info()) as { Swarm?: { ControlAvailable?: boolean; NodeID?: string } }
  if (!Swarm?.ControlAvailable) return []
  const nodes = (await docker.listNodes()) as Described[]
  const own = nodes.find(({ ID }) => ID === Swarm.NodeID)?.Description.Platform
  return nodes
    .filter(({ ID, Spec, Status, Description: { Platform } }) => {
      const same = Platform.OS === own?.OS && Platform.Architecture === own.Architecture
      return ID !== Swarm.NodeID && same && Spec.Availability === 'active' && Status.State === 'ready'
    })
    .map(({ ID, Description }) => ({ id: ID, name: Description.Hostname }))
    .sort((a, b) => a.id.localeCompare(b.id))
}
