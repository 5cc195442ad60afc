import type { Request } from "express";

/**
 * The bytes of a request as they came; null where there are more than `most`. All of them are taken from
 * the line either way, and no more than `most` are kept. A body that ends too early is what there was of it.
 */
export function rawBody(req: Request, most: number): Promise<Buffer | null> {
  const kept: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const end = () => resolve(size > most ? null : Buffer.concat(kept));
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) kept.length = 0;
      else kept.push(chunk);
    });
    req.once("end", end).once("error", end).once("close", end);
  });
}
