/**
 * The queues of pg-boss. Payloads are ids only. A job is only a hint to one worker: the intent's own row and lease decide
 * what is done, and an intent that is still due gets another job.
 */
export const queues = {
  /** Goes on with one intent that has something due: `{ practice, intent }`. One job waits for each at most. */
  intents: { policy: 'short', retryLimit: 0, expireInSeconds: 120, deleteAfterSeconds: 3_600 },
} as const;
