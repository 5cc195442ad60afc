import type { OpenConnection } from "./connector.ts";
import type { HttpAnswer } from "./http.ts";

interface Attempt {
  /** Makes the call with this token, and spends what it costs. */
  call(token: string): Promise<HttpAnswer>;
  /** Whether an answer refuses the token itself; a 401, unless the provider says otherwise. */
  isRefused?(answer: HttpAnswer): boolean;
  /** The error of what is no success even so. */
  failure(answer: HttpAnswer): Error;
}

/**
 * Makes a call with the current token, and once more with a renewed one after that was refused.
 * @throws what `failure` makes of the last answer
 */
export async function authorized(
  connection: Pick<OpenConnection, "grant" | "renewed">,
  { call, isRefused = ({ status }) => status === 401, failure }: Attempt,
): Promise<HttpAnswer> {
  const { accessToken } = await connection.grant();
  let answer = await call(accessToken);
  if (isRefused(answer)) answer = await call((await connection.renewed(accessToken)).accessToken);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw failure(answer);
}
