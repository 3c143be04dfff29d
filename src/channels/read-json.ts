/**
 * A partner's answer as JSON; undefined when it is none, or longer than anybody needs.
 * @param limit in bytes
 */
export async function readJson(response: Response, limit: number): Promise<unknown> {
  const text = await readText(response, limit);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A partner's answer as text; undefined when it is longer than the limit: then it is not read to its end.
 * @param limit in bytes
 */
export async function readText(response: Response, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
