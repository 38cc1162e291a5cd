// The topics of Sagaline's own, by the names that are on the wire. Their settings, such as how many
// partitions they have, belong to whoever creates them.

/** Replies go here when the command does not say. */
export const repliesTopic = 'sagaline.replies'

/** What happens to sagas: the orchestrator's lifecycle events. */
export const eventsTopic = 'sagaline.events'

/** Where the orchestrator takes starts from. */
export const startsTopic = 'sagaline.starts'

/** Where the orchestrator takes signals from. */
export const signalsTopic = 'sagaline.signals'
