/** What a worker sends back for each question of a `WorkerClient`. */
export type Answer<R> = { readonly value: R } | { readonly error: string };

/** Makes of a worker one that answers each question once, with a value or with what went wrong. */
export function answerWith<Request>(answer: (request: Request) => unknown): void {
  addEventListener('message', async ({ data }: MessageEvent<Request>) => {
    try {
      postMessage({ value: await answer(data) });
    } catch (error) {
      postMessage({ error: error instanceof Error ? error.message : String(error) });
    }
  });
}
