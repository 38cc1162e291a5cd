// What a call rejects with when the server says no: its problem document, as an error.

/** A problem document of RFC 9457, as Sagaline answers it. */
export type ApiProblem = {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string
  /** The id of the request, for the server's log. */
  readonly instance: string
  readonly sagaId?: string
}

/** The server refused, or could not answer. Decide by `code`; the words may change. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly problem: ApiProblem
  /** How long to wait before a repeat, in ms; null when a repeat would be refused as well. */
  readonly retryAfterMs: number | null

  constructor(problem: ApiProblem, retryAfterMs: number | null) {
    super(`${problem.code}: ${problem.detail}`)
    this.name = 'ApiError'
    this.code = problem.code
    this.status = problem.status
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }
}

/** Whatever stood between may have answered something else than a problem document. */
export async function toApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const isProblem = typeof body === 'object' && body !== null && 'code' in body
  const problem = isProblem ? (body as ApiProblem) : strangeAnswer(response)
  const after = response.headers.get('retry-after')
  const isLater = after !== null && /^\d+$/.test(after)
  return new ApiError(problem, isLater ? Number(after) * 1_000 : null)
}

function strangeAnswer({ status, statusText }: Response): ApiProblem {
  const detail = `The answer is ${status} ${statusText} and no problem document.`
  return { code: 'ANSWER_STRANGE', status, title: 'Answer strange', detail, instance: '' }
}
