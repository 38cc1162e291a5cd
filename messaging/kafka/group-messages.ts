// Sorts the messages of a topic by partition as kafkajs does, without its copy of all messages for
// each message. Put in place by load-kafkajs.ts.

type Grouped<Message> = Readonly<Record<number, readonly Message[]>>

type ToGroup<Message> = {
  readonly topic: string
  readonly partitionMetadata: readonly unknown[]
  readonly messages: readonly Message[]
  readonly partitioner: (of: {
    readonly topic: string
    readonly partitionMetadata: readonly unknown[]
    readonly message: Message
  }) => number
}

export type MessageGrouping = <Message>(given: ToGroup<Message>) => Grouped<Message>

export const groupMessages: MessageGrouping = (given) => {
  const { topic, partitionMetadata, messages, partitioner } = given
  if (partitionMetadata.length === 0) return {}
  return Object.groupBy(messages, (message) =>
    partitioner({ topic, partitionMetadata, message }),
  ) as Grouped<(typeof messages)[number]>
}
