/** Requests to the server of the page. */
import { DOCUMENT_HEADER, TOKEN_HEADER } from "../page-protocol.ts";
import { keep, readKept } from "./kept.ts";

/** What went wrong, in sentences for the person. */
export class PageError extends Error {
  override readonly name = "PageError";
  /** The status of a refused request; undefined if the reason is another one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

let token = "";

/** Takes the token out of the address, or the one that this tab had before it was loaded again. Gives whether there is one. */
export function takeToken(): boolean {
  const given = location.hash.slice(1);
  setToken(given === "" ? (readKept().token ?? "") : given);
  return token !== "";
}

export function setToken(given: string): void {
  token = given;
  keep({ token }, location.pathname);
}

/** Raises PageError if the server does not answer, or refuses. */
export async function request(path: string, body: object): Promise<Response> {
  const value = document.querySelector('meta[name="document"]')?.getAttribute("content") ?? "";
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        [DOCUMENT_HEADER]: value,
        ...(token !== "" && { [TOKEN_HEADER]: token }),
      },
      body: JSON.stringify(body),
    });
  } catch {
    throw new PageError("The server does not answer. It may have ended.");
  }
  if (response.ok) return response;
  throw new PageError(
    response.status === 401
      ? "This page is no longer valid. Use the page that the server opened last."
      : "The server refused the request: what you decided on may be gone. Nothing was changed. Look at the page again.",
    response.status,
  );
}

/** The answer in JSON. Raises PageError like `request`. */
export async function post<Answer>(path: string, body: object): Promise<Answer> {
  const response = await request(path, body);
  try {
    return (await response.json()) as Answer;
  } catch {
    throw new PageError("The server did not answer in full. It may have ended.");
  }
}

/** The lines of a streamed answer, without the empty ones. Ends when the server ends the stream, or is gone. */
export async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (reader) {
    const { done, value = "" } = await reader.read().catch(() => ({ done: true, value: "" }));
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
    if (done) return;
  }
}
