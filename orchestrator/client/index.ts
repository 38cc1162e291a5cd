// The door `sagaline/client`: REST from other programs and from browsers, with types.
export type { Api, StreamApi } from './api.ts'
export { ApiError, type ApiProblem } from './api-error.ts'
export { type Client, createClient, type PagedOperation } from './client.ts'
export type { StreamEvent } from './follow.ts'
export type { ClientOptions } from './request.ts'
