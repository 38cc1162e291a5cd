// The topics of Sagaline's own, by the names that are on the wire. Their settings, such as how many
// partitions they have, belong to whoever creates them.

/** Replies go here when the command does not say. */
export const repliesTopic = 'sagaline.replies'

/** Where the orchestrator takes starts from. */
export const startsTopic = 'sagaline.starts'
