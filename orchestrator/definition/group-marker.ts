// How a statechart says that it enters a parallel state: by an entry action that does nothing but
// name it. The engine orders compensation by it.

export const groupAction = 'sagaline.group'
export const escalateAction = 'sagaline.escalate'

export function groupMarker(id: string) {
  return { type: groupAction, params: { id } } as const
}
